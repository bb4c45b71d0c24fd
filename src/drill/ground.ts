import type { ClusterSpec } from '../cluster/spec.ts';
import type { ClusterState } from '../cluster/state.ts';
import type { Timers } from '../cluster/timers.ts';
import { versionText } from '../core/version.ts';
import { knownFacts } from '../observe/once/facts.ts';

/** What a series of drills stands on: without it, a figure of last year says nothing today. */
export interface DrillGround {
  readonly targetMs: number;
  readonly timers: Timers;
  /** What ran on each node that was seen. */
  readonly nodes: readonly { readonly node: string; readonly keepalived: string; readonly haproxy: string }[];
}

/** Where a report comes from. */
export interface DrillSource extends DrillGround {
  /** Version of k8s-ha. */
  readonly tool: string;
  /** The cluster file, where there was one: its name, and the sha256 of what it said. */
  readonly file?: { readonly name: string; readonly sha256: string };
}

export function groundOf(spec: ClusterSpec, state: ClusterState, timers: Timers): DrillGround {
  return {
    targetMs: spec.failover.targetMs,
    timers,
    nodes: knownFacts(spec, state).map(({ node, facts }) => ({
      node: node.name,
      keepalived: versionText(facts.keepalived),
      haproxy: versionText(facts.haproxy),
    })),
  };
}
