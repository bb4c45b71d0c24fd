import { addressesOf, type ClusterSpec, type NodeSpec, type VirtualIpSpec } from '../cluster/spec.ts';
import type { LeverPull } from '../cluster/state.ts';
import { quote } from '../core/command.ts';
import { familyOf } from '../core/ip.ts';
import type { Burden, Dropped, FaultAct } from '../node/intent/drill.ts';
import { leverText } from '../node/lever.ts';
import { runDir, units } from '../node/paths.ts';

/** What a fault is injected into. */
export interface FaultTarget {
  readonly spec: ClusterSpec;
  /** The node that is broken: the holder of the VIP that is probed, unless the fault says otherwise. */
  readonly node: NodeSpec;
  readonly vip: VirtualIpSpec;
  /** The interface that has the node's address. */
  readonly interface: string;
  /** The first, or only, node that is struck: the VIP's holder unless told. */
  readonly first: boolean;
}

/** What is done to a node: shell for a real one, and the same as data for a simulated one. */
export interface Acts {
  readonly shell: string;
  readonly does: readonly FaultAct[];
}

/** Breaks or heals nothing, such as where a unit, or kubelet, starts by itself what was killed. */
export const nothing: Acts = { shell: ':', does: [] };

type Service = 'haproxy' | 'keepalived';

/** One after the other. */
export function both(first: Acts, second: Acts, between: '\n' | '; ' = '\n'): Acts {
  return { shell: `${first.shell}${between}${second.shell}`, does: [...first.does, ...second.does] };
}

export function startUnit(service: Service): Acts {
  return { shell: `systemctl start ${units[service]}`, does: [{ act: 'unit', service, verb: 'start' }] };
}

export function stopUnit(service: Service, { wait }: { readonly wait: boolean }): Acts {
  return {
    shell: `systemctl stop ${wait ? '' : '--no-block '}${units[service]}`,
    does: [{ act: 'unit', service, verb: 'stop' }],
  };
}

export function signalUnit(service: Service, signal: 'STOP' | 'CONT'): Acts {
  return {
    shell: `systemctl kill -s ${signal} --kill-who=all ${units[service]}`,
    does: [{ act: 'signal', service, signal }],
  };
}

/**
 * Shell before what cuts the node off: that it was broken must be told first, or the drill takes it for a failure. On a busy machine
 * ssh needs a while for that.
 */
export const afterTheAnswer = 'sleep 0.5';

/** Where a fault keeps what its healing needs, such as a process id. */
export function faultFile(name: string): string {
  return `${runDir}/drill-${name}`;
}

/** Shell that prints the process that listens on a TCP port; nothing where none does. */
export function listenerOn(port: number): string {
  return `ss -Htlnp 'sport = :${port}' | grep -o 'pid=[0-9]*' | head -n 1 | cut -d= -f2`;
}

/** When the process `$pid` was started: another one may have its id by the time of healing. */
const started = "cut -d' ' -f22 /proc/$pid/stat";

/** Sends a signal to the program that listens on a TCP port. `keep` names a fault whose healing must know which process it was. */
export function signalListener(port: number, signal: 'STOP' | 'KILL' | 'TERM', keep?: string): Acts {
  const file = keep === undefined ? undefined : faultFile(keep);
  return {
    shell: `pid=$(${listenerOn(port)})
[ -n "$pid" ]
${file === undefined ? '' : `echo "$pid $(${started})" >${file}\n`}kill -${signal} "$pid"`,
    does: [{ act: 'signal-listener', port, signal, file }],
  };
}

/** Sends a signal to the process that `signalListener` kept, where it is the same one yet. */
export function signalKept(fault: string, signal: 'CONT' | 'KILL'): Acts {
  const file = faultFile(fault);
  return {
    shell: `[ ! -f ${file} ] || {
    read -r pid began <${file}
    [ "$(${started} 2>/dev/null)" != "$began" ] || kill -${signal} "$pid"
    rm -f ${file}
}`,
    does: [{ act: 'signal-kept', file, signal }],
  };
}

const table = 'inet k8s_ha_drill';

/** Loads rules into a table of the drill's own. */
export function firewall(rules: string, drops: Dropped): Acts {
  return {
    shell: `nft -f - <<'K8S_HA_END'\ntable ${table} {\n${rules}\n}\nK8S_HA_END`,
    does: [{ act: 'firewall', drops }],
  };
}

/** Takes that table away. */
export const noFirewall: Acts = {
  shell: `nft delete table ${table} 2>/dev/null || true`,
  does: [{ act: 'firewall', drops: undefined }],
};

export const nftInstalled = `command -v nft >/dev/null || { echo 'nft is not installed'; exit 1; }`;

/** Drops what comes from the other nodes, what goes to them, or both, in both families. */
export function dropPeers({ spec, node }: FaultTarget, ways: readonly ('in' | 'out')[]): Acts {
  const others = spec.nodes.filter(({ name }) => name !== node.name).map(({ name }) => name);
  return dropNodes(spec, others, ways);
}

/** The same for some nodes, by name. */
export function dropNodes({ nodes }: ClusterSpec, names: readonly string[], ways: readonly ('in' | 'out')[]): Acts {
  const peers = nodes.filter(({ name }) => names.includes(name)).flatMap(addressesOf);
  const chains = ways.map((way) => {
    const [chain, side] = way === 'in' ? ['input', 'saddr'] : ['output', 'daddr'];
    return `    chain ${chain} { type filter hook ${chain} priority -300; ${rulesFor(peers, side)} }`;
  });
  return firewall(chains.join('\n'), {
    from: ways.includes('in') ? peers : [],
    to: ways.includes('out') ? peers : [],
  });
}

/** Loses a share of the packets between a node and the others, each way, each packet by its own luck. */
export function losePackets({ spec, node }: FaultTarget, percent: number): Acts {
  const peers = spec.nodes.filter(({ name }) => name !== node.name).flatMap(addressesOf);
  const lost = `numgen random mod 100 < ${percent} drop`;
  return {
    shell: firewall(
      `    chain input { type filter hook input priority -300; ${rulesFor(peers, 'saddr', lost)} }
    chain output { type filter hook output priority -300; ${rulesFor(peers, 'daddr', lost)} }`,
      { from: [], to: [] },
    ).shell,
    does: [burden('packet-loss', true)],
  };
}

/** What the simulated cluster only remembers. */
export function burden(what: Burden, on: boolean): FaultAct {
  return { act: 'burden', what, on };
}

function rulesFor(peers: readonly string[], side: string, verdict = 'drop'): string {
  return (['ipv4', 'ipv6'] as const)
    .map((family) => peers.filter((address) => familyOf(address) === family))
    .map((addresses, i) =>
      addresses.length === 0 ? '' : `${['ip', 'ip6'][i]} ${side} { ${addresses.join(', ')} } ${verdict};`,
    )
    .filter((rule) => rule !== '')
    .join(' ');
}

/** Pulls a lever, and lets it go only where it still reads so: by then it may be somebody's maintenance. */
export function pulled(lever: string, pull: LeverPull): { readonly inject: Acts; readonly heal: Acts } {
  const text = leverText(pull);
  const set = (value: string): string => `echo ${quote(value)} >${lever}.new && mv -f ${lever}.new ${lever}`;
  return {
    inject: { shell: set(text), does: [{ act: 'lever', lever, text }] },
    heal: {
      shell: `[ "$(cat ${lever} 2>/dev/null)" != ${quote(text)} ] || { ${set(leverText(undefined))}; }`,
      does: [{ act: 'let-go', lever, text }],
    },
  };
}
