import type { DisruptionKind } from '../cluster/disruption.ts';
import { addressesOf, type ClusterSpec, type NodeSpec, type VirtualIpSpec } from '../cluster/spec.ts';
import { familyOf } from '../core/ip.ts';
import { quote, script, type Command } from '../core/command.ts';
import { logLine, runDir } from '../node/paths.ts';

/** What a fault is injected into. */
export interface FaultTarget {
  readonly spec: ClusterSpec;
  /** The node that is broken: the holder of the VIP that is probed, unless the fault says otherwise. */
  readonly node: NodeSpec;
  readonly vip: VirtualIpSpec;
  /** The interface that has the node's address. */
  readonly interface: string;
}

/** One thing that can break, how to break it on purpose, and how to fix it. One file each in faults/. */
export interface Fault {
  readonly name: string;
  /** What happens, as a sentence without a subject: "HAProxy is killed on the VIP holder". */
  readonly summary: string;
  /** What it disrupts, so that `predict` can bound it. */
  readonly disruption: DisruptionKind;
  /** Done from outside of the node instead of by a script on it: its power, or a rollout. */
  readonly outside?: 'power' | 'rollout';
  /** Shell that breaks it. */
  readonly inject?: (target: FaultTarget) => string;
  /** Shell that fixes it, however far the injection came; harmless when there is nothing to heal. */
  readonly heal: (target: FaultTarget) => string;
  /** Shell that says on standard output why the fault cannot be injected on this node, and ends with 1. */
  readonly available?: (target: FaultTarget) => string;
  /** Shell that ends with 0 on a node that may be struck. Absent: the VIP holder is. */
  readonly locate?: (spec: ClusterSpec) => string;
  /** Strikes so many nodes at once that etcd has no quorum: only when told. */
  readonly losesQuorum?: boolean;
  /** The operator cannot reach the node while it lasts: only the node's own timer heals it. */
  readonly severs?: boolean;
  /** What the node wrote down of its addresses is gone afterwards. */
  readonly forgets?: boolean;
}

/** Name of the timer on the node that heals it, whatever becomes of the operator's side. */
function healUnit(fault: Fault): string {
  return `k8s-ha-heal-${fault.name}`;
}

function disarm(fault: Fault): string {
  return `systemctl stop ${healUnit(fault)}.timer 2>/dev/null || true
systemctl reset-failed ${healUnit(fault)}.service 2>/dev/null || true`;
}

/**
 * Arms the node's own healing, then breaks it: in one script, so that nothing is broken that will not heal.
 * @param healAfterMs when the node heals itself if nobody did
 */
export function injectCommand(fault: Fault, target: FaultTarget, healAfterMs: number): Command {
  return script(
    `inject ${fault.name}`,
    `set -eu
mkdir -p ${runDir}
${logLine(quote(`drill: inject ${fault.name}`))}
${disarm(fault)}
systemd-run --quiet --collect --unit=${healUnit(fault)} --on-active=${Math.ceil(healAfterMs)}ms --timer-property=AccuracySec=50ms /bin/sh -c ${quote(`PATH="$PATH:/usr/sbin:/sbin"\n${fault.heal(target)}`)}
${fault.inject?.(target) ?? ':'}`,
    { timeoutMs: 20_000 },
  );
}

/** Heals at once, and takes the timer away only if that went well; run again, it does no harm. */
export function healCommand(fault: Fault, target: FaultTarget): Command {
  return script(
    `heal ${fault.name}`,
    `heal() {\n${fault.heal(target)}\n}\nheal || exit 1\n${disarm(fault)}\n${logLine(quote(`drill: ${fault.name} healed`))}`,
    {
      timeoutMs: 30_000,
    },
  );
}

export function availableCommand(fault: Fault, target: FaultTarget): Command {
  return script(
    `see whether ${fault.name} can be injected`,
    `command -v systemd-run >/dev/null || { echo 'systemd-run is missing'; exit 1; }\n${fault.available?.(target) ?? ':'}`,
  );
}

export function locateCommand(fault: Fault, spec: ClusterSpec): Command {
  return script(`see whether ${fault.name} strikes here`, fault.locate?.(spec) ?? ':');
}

/** Where a fault keeps what its healing needs, such as a process id. */
export function faultFile(name: string): string {
  return `${runDir}/drill-${name}`;
}

/** Shell that sets `pid` to the program that listens on a TCP port. */
export function pidOfListener(port: number): string {
  return `pid=$(ss -Htlnp 'sport = :${port}' | grep -o 'pid=[0-9]*' | head -n 1 | cut -d= -f2)\n[ -n "$pid" ]`;
}

/** Shell that stops a process where it stands and remembers it, and shell that lets it go on. */
export function hang(name: string): { readonly inject: string; readonly heal: string } {
  return {
    inject: `echo $pid >${faultFile(name)}\nkill -STOP $pid`,
    heal: `[ ! -f ${faultFile(name)} ] || { kill -CONT $(cat ${faultFile(name)}) 2>/dev/null; rm -f ${faultFile(name)}; }`,
  };
}

/** Shell that loads rules into a table of the drill's own, and shell that takes the table away. */
export function firewall(rules: string): {
  readonly inject: string;
  readonly heal: string;
  readonly available: string;
} {
  return {
    inject: `nft -f - <<'K8S_HA_END'\ntable inet k8s_ha_drill {\n${rules}\n}\nK8S_HA_END`,
    heal: 'nft delete table inet k8s_ha_drill 2>/dev/null || true',
    available: `command -v nft >/dev/null || { echo 'nft is not installed'; exit 1; }`,
  };
}

/** Rules of nft that drop what comes from the other nodes (`saddr`) or goes to them (`daddr`), in both families. */
export function dropPeers({ spec, node }: FaultTarget, side: 'saddr' | 'daddr'): string {
  const peers = spec.nodes.filter(({ name }) => name !== node.name).flatMap(addressesOf);
  return (['ipv4', 'ipv6'] as const)
    .map((family) => peers.filter((address) => familyOf(address) === family))
    .map((addresses, i) =>
      addresses.length === 0 ? '' : `${['ip', 'ip6'][i]} ${side} { ${addresses.join(', ')} } drop;`,
    )
    .filter((rule) => rule !== '')
    .join(' ');
}
