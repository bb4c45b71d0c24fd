import type { DisruptionKind } from '../cluster/disruption.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import { quote, script, type Command } from '../core/command.ts';
import { intent } from '../node/intent.ts';
import { guardExit, lockIsOurs } from '../node/lock.ts';
import { logLine, runDir } from '../node/paths.ts';
import { nothing, type Acts, type FaultTarget } from './acts.ts';
import { etcdRole, type EtcdRole } from './etcd.ts';

/** What a fault strikes; `node` is all of them at once, `maintenance` a verb of this tool. */
export type FaultPart =
  'keepalived' | 'haproxy' | 'address' | 'api-server' | 'etcd' | 'network' | 'resources' | 'node' | 'maintenance';

/** One thing that can break, how to break it on purpose, and how to fix it. One file each in faults/. */
export interface Fault {
  readonly name: string;
  /** What happens, as a sentence without a subject: "HAProxy is killed on the VIP holder". */
  readonly summary: string;
  /** What it disrupts, so that `predict` can bound it. */
  readonly disruption: DisruptionKind;
  /** What of a node it strikes: faults of different parts can strike one node at once. */
  readonly part: FaultPart;
  /** Done from outside of the node instead of by a script on it: its power, or a rollout. */
  readonly outside?: 'power' | 'rollout';
  /** What breaks it. */
  readonly inject?: (target: FaultTarget) => Acts;
  /** What fixes it, however far the injection came; harmless when there is nothing to heal. */
  readonly heal: (target: FaultTarget) => Acts;
  /** Shell that says on standard output why the fault cannot be injected on this node, and ends with 1. */
  readonly available?: (target: FaultTarget) => string;
  /** Shell that ends with 0 on a node that may be struck. Absent: the VIP holder is. */
  readonly locate?: (spec: ClusterSpec) => ReturnType<typeof etcdRole>;
  /** Strikes so many nodes at once that etcd has no quorum: only when told. */
  readonly losesQuorum?: boolean;
  /** What it sets off elsewhere nothing heals, such as jobs that are due: only where it is named. */
  readonly startsJobs?: boolean;
  /** Strikes every node, each in its own way (`FaultTarget.first`). */
  readonly everywhere?: boolean;
  /** The operator cannot reach the node while it lasts: only the node's own timer heals it. */
  readonly severs?: boolean;
  /** What stays where the operator's side dies meanwhile, as nothing on a node can heal it: "the node stays off". */
  readonly ifKilled?: string;
  /** What it does takes so long: watched for at least that, in milliseconds. */
  readonly lastsMs?: number;
  /** A planned move of the VIPs: connections go on through the node where the cluster file keeps them. */
  readonly handsOver?: boolean;
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
 * Arms the node's own healing, then breaks it: in one script, so that nothing is broken that will not heal. Does nothing where
 * the node's lock has another token.
 * @param healAfterMs when the node heals itself if nobody did
 */
export function injectCommand(fault: Fault, target: FaultTarget, healAfterMs: number, token: string): Command {
  const [inject, heal] = [fault.inject?.(target) ?? nothing, fault.heal(target)];
  return script(
    `inject ${fault.name}`,
    `${lockIsOurs(token)} || { echo 'the lock on the node is no longer ours' >&2; exit ${guardExit.lockLost}; }
set -eu
mkdir -p ${runDir}
${logLine(quote(`drill: inject ${fault.name}`))}
${disarm(fault)}
systemd-run --quiet --collect --unit=${healUnit(fault)} --on-active=${Math.ceil(healAfterMs)}ms --timer-property=AccuracySec=50ms /bin/sh -c ${quote(`PATH="$PATH:/usr/sbin:/sbin"\n${heal.shell}`)}
${inject.shell}`,
    {
      timeoutMs: 20_000,
      intent: intent({
        kind: 'break',
        token,
        fault: fault.name,
        healAfterMs,
        heals: heal.does,
        does: inject.does,
      }),
    },
  );
}

/** Heals at once, and takes the timer away only if that went well; run again, it does no harm. */
export function healCommand(fault: Fault, target: FaultTarget): Command {
  const { shell, does } = fault.heal(target);
  return script(
    `heal ${fault.name}`,
    `heal() {\n${shell}\n}\nheal || exit 1\n${disarm(fault)}\n${logLine(quote(`drill: ${fault.name} healed`))}`,
    { timeoutMs: 30_000, intent: intent({ kind: 'heal', fault: fault.name, does }) },
  );
}

export function availableCommand(fault: Fault, target: FaultTarget): Command {
  return script(
    `see whether ${fault.name} can be injected`,
    `command -v systemd-run >/dev/null || { echo 'systemd-run is missing'; exit 1; }\n${fault.available?.(target) ?? ':'}`,
    { intent: intent({ kind: 'ask-fault', fault: fault.name }) },
  );
}

/** Ends with 0 on a node with this role in etcd; not where etcd does not tell. */
export function roleCommand(spec: ClusterSpec, role: EtcdRole): Command {
  const { shell, etcd } = etcdRole(spec, role);
  return script(`see whether etcd's ${role} is here`, shell, { intent: intent({ kind: 'locate-fault', etcd }) });
}

export function locateCommand(fault: Fault, spec: ClusterSpec): Command {
  const located = fault.locate?.(spec);
  return script(`see whether ${fault.name} strikes here`, located?.shell ?? ':', {
    intent: intent({ kind: 'locate-fault', etcd: located?.etcd }),
  });
}
