import type { DisruptionKind } from '../cluster/disruption.ts';
import type { ClusterSpec, NodeSpec, VirtualIpSpec } from '../cluster/spec.ts';
import { quote, script, type Command } from '../core/command.ts';
import { runDir } from '../render/paths.ts';

/** What a fault is injected into. */
export interface FaultTarget {
  readonly spec: ClusterSpec;
  /** The node that is broken: the holder of the VIP that is probed. */
  readonly node: NodeSpec;
  readonly vip: VirtualIpSpec;
}

/** One thing that can break, how to break it on purpose, and how to mend it. One file each in faults/. */
export interface Fault {
  readonly name: string;
  /** What happens, as a sentence without a subject: "HAProxy is killed on the VIP holder". */
  readonly summary: string;
  /** What it disrupts, so that `predict` can bound it. */
  readonly disruption: DisruptionKind;
  /** Shell that breaks it; undefined when the power is taken from outside. */
  readonly inject: ((target: FaultTarget) => string) | undefined;
  /** Shell that mends it, however far the injection came; harmless when there is nothing to mend. */
  readonly heal: (target: FaultTarget) => string;
  /** Shell that says on standard output why the fault cannot be injected on this node, and ends with 1. */
  readonly available?: (target: FaultTarget) => string;
}

/** Name of the timer on the node that heals it, whatever becomes of the operator's side. */
const healUnit = 'k8s-ha-heal';

/**
 * Arms the node's own healing, then breaks it: in one script, so that nothing is broken that will not heal.
 * @param healAfterMs when the node heals itself if nobody did
 */
export const injectCommand = (fault: Fault, target: FaultTarget, healAfterMs: number): Command =>
  script(
    `inject ${fault.name}`,
    `set -eu
${disarm}
systemd-run --quiet --collect --unit=${healUnit} --on-active=${Math.ceil(healAfterMs / 1000)}s --timer-property=AccuracySec=100ms /bin/sh -c ${quote(fault.heal(target))}
${fault.inject?.(target) ?? ':'}`,
    { timeoutMs: 20_000 },
  );

const disarm = `systemctl stop ${healUnit}.timer 2>/dev/null || true
systemctl reset-failed ${healUnit}.service 2>/dev/null || true`;

/** Heals at once and takes the timer away; run again, it does no harm. */
export const healCommand = (fault: Fault, target: FaultTarget): Command =>
  script(`heal ${fault.name}`, `${fault.heal(target)}\n${disarm}`, { timeoutMs: 30_000 });

export const availableCommand = (fault: Fault, target: FaultTarget): Command =>
  script(
    `see whether ${fault.name} can be injected`,
    `command -v systemd-run >/dev/null || { echo 'systemd-run is missing'; exit 1; }\n${fault.available?.(target) ?? ':'}`,
  );

/** Where a fault keeps what its healing needs, such as a process id. */
export const faultFile = (name: string): string => `${runDir}/drill-${name}`;

/** Shell that sets `pid` to the program that listens on a TCP port. */
export const pidOfListener = (port: number): string =>
  `pid=$(ss -Htlnp 'sport = :${port}' | grep -o 'pid=[0-9]*' | head -n 1 | cut -d= -f2)\n[ -n "$pid" ]`;
