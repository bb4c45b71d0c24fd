import { addressIn, type ClusterSpec, type NodeSpec } from '../cluster/spec.ts';
import type { NodeFacts } from '../cluster/timers.ts';
import type { Family } from '../core/ip.ts';
import { filled } from '../core/shell-text.ts';
import { healthPort, keptFile, movedUnits, paths, runDir } from '../node/paths.ts';
import * as programs from './shell/programs.ts';

/** How long established connections may go on through the node that had the VIP, in seconds; HAProxy's old workers as long. */
export const keptSeconds = 600;

/**
 * A node without a connection ends its part after this time, in seconds. HAProxy asks every client for a sign of life after
 * 10 s of silence (clitcpka), and the answer takes the path too: a path without a packet has no connection any more.
 */
const quietSeconds = 30;

/** How long a move may take before nobody believes in it any more, in seconds: longer than a rollout waits for one. */
const moveSeconds = 30;

/**
 * What the units of a move may still do, in properties that systemd 239 knows: an older one refuses to start what it does not
 * know, where a unit's file would only get a warning. They write addresses, rules and two of the kernel's settings.
 */
const confined = [
  'CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  'SystemCallFilter=@system-service',
  'SystemCallArchitectures=native',
  `ReadWritePaths=${runDir}`,
  'ProtectSystem=strict',
  ...['ProtectHome', 'PrivateTmp', 'PrivateDevices', 'ProtectKernelModules', 'ProtectControlGroups'].map(yes),
  ...['NoNewPrivileges', 'LockPersonality', 'RestrictNamespaces', 'RestrictRealtime'].map(yes),
  'MemoryDenyWriteExecute=yes',
];

function yes(property: string): string {
  return `${property}=yes`;
}

/** Names of the tables are of words. */
const table = 'k8s_ha_kept_';

/** Words of nft, or the names of the shell's variables that have them. */
interface HandOn {
  readonly family: string;
  readonly table: string;
  readonly dev: string;
  /** Hardware addresses of the other nodes, with commas: what comes from there has been handed on already, or is their own. */
  readonly macs: string;
  readonly vip: string;
  readonly port: number;
  /** The node that is asked next. */
  readonly node: string;
  /** How many other nodes there are. */
  readonly others: number;
}

/**
 * What a packet that is handed on has in its DSCP field, by how many nodes it was handed on to. From the pool for local use
 * (RFC 2474, section 6), so that no program's own value is taken for it.
 */
function asked(times: number): number {
  return 4 * times - 1;
}

/**
 * One transaction of nft that hands packets of connections that this node does not know on to the next node of the ring, until
 * one knows it or all have been asked: then the last one resets it. A node that gave the VIP up without a plan may have sockets of
 * it and not the address: it does not know them any more, or their packets would be dropped in silence.
 */
export function handOnRules({ family, table, dev, macs, vip, port, node, others }: HandOn): string {
  const dscp = `${family} dscp`;
  const around = Array.from(
    { length: others - 1 },
    (_, i) => `        ether saddr { ${macs} } ${dscp} ${asked(i + 1)} ${dscp} set ${asked(i + 2)} goto next\n`,
  );
  return `table ${family} ${table}
delete table ${family} ${table}
table ${family} ${table} {
    chain prerouting {
        type filter hook prerouting priority mangle; policy accept;
        iifname "${dev}" ${family} daddr ${vip} tcp dport ${port} tcp flags & syn == 0 jump others
    }
    chain others {
        fib daddr type != local goto unknown
        socket wildcard 1 goto unknown
    }
    chain unknown {
${around.join('')}        ether saddr { ${macs} } ${dscp} ${asked(others)} reject with tcp reset
        ${dscp} set ${asked(1)} goto next
    }
    chain next {
        counter dup to ${node} device "${dev}" drop
    }
}`;
}

/** Rules that are only checked, of both families. */
export const handOnProbe = (
  [
    ['ip', '192.0.2.1', '192.0.2.2'],
    ['ip6', '2001:db8::1', '2001:db8::2'],
  ] as const
)
  .map(([family, vip, node]) =>
    handOnRules({
      family,
      table: `${table}probe`,
      dev: 'eth0',
      macs: '02:00:00:00:00:01',
      vip,
      port: 7443,
      node,
      others: 2,
    }),
  )
  .join('\n');

/**
 * Planned moves cut no connection. The node that gives a VIP up keeps the address on its loopback interface, where nobody finds
 * it by ARP or NDP: its sockets live on. Every node hands on, unchanged but for its DSCP field, each packet that opens no
 * connection and belongs to none of its own (nft's `socket wildcard 1`: nothing but the listener would take it), around the ring of
 * the nodes: whoever has it answers, straight to the client, however many moves ago it began. No routes, no forwarding, no NAT.
 * Whatever ends, a socket, a node or the time, ends in a reset by the last node on the path, never in silence.
 */
export function keepScript(spec: ClusterSpec, node: NodeSpec, { interface: dev }: NodeFacts): string {
  const { port } = spec.endpoint;
  const others = ringFrom(spec, node);
  const addresses = (family: Family): string => others.flatMap((other) => addressIn(other, family) ?? []).join(' ');
  return filled(programs.keepConnections, {
    KEPT_SECONDS: keptSeconds,
    OTHERS_IPV6: addresses('ipv6'),
    OTHERS_IPV4: addresses('ipv4'),
    KEPT_FILE: keptFile('$vip'),
    RUN_DIR: runDir,
    TABLE: table,
    PORT: port,
    DEV: dev,
    KEPT_FILES: keptFile('[0-9a-f:]*'),
    CONFINED: confined.map((property) => `-p '${property}'`).join(' \\\n        '),
    UNIT_SECONDS: keptSeconds + 60,
    KEPT_UNIT: movedUnits.kept,
    MOVE_LOOKS: moveSeconds * 5,
    QUIET_LONGER: quietSeconds + 10,
    HAND_ON_RULES: handOnRules({
      family: '$family',
      table: '$table',
      dev,
      macs: '$2',
      vip: '$vip',
      port,
      node: '$1',
      others: Math.max(1, others.length),
    }),
    HEALTH_PORT: healthPort,
    HANDED_ON_UNIT: movedUnits.handedOn,
    QUIET_SECONDS: quietSeconds,
    MOVE_SECONDS: moveSeconds,
    TELL_CLIENTS: paths.tellScript,
  });
}

/** The other nodes, in the order in which they follow each other from this one on. */
function ringFrom({ nodes }: ClusterSpec, node: NodeSpec): readonly NodeSpec[] {
  const at = nodes.findIndex(({ name }) => name === node.name);
  return [...nodes.slice(at + 1), ...nodes.slice(0, at)];
}
