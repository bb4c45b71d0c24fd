import type { ClusterSpec } from '../cluster/spec.ts';
import { holdersOf, type ClusterState, type NodeRunning } from '../cluster/state.ts';

/**
 * What clients have: `served` with everything as it should be, `degraded` where they are served but something is wrong,
 * `outage` where some are not served, `unknown` where too little answers to say.
 */
export type Verdict = 'served' | 'degraded' | 'outage' | 'unknown';

/** One thing that is wrong and explains others; those are not told again beside it. */
export interface Cause {
  /** Id of a finding, as `k8s-ha explain` knows it. */
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  /** One sentence, such as "cp2 is unreachable". */
  readonly what: string;
  readonly node?: string;
  /** Since when, in milliseconds of the wall clock, where that is known. */
  readonly sinceMs?: number;
  /** The next command to run, where there is one. */
  readonly command?: string;
  /** What follows from it: sentences, folded below it. */
  readonly consequences: readonly string[];
}

/** The cluster in one look: the verdict first, then causes, worst first. */
export interface Diagnosis {
  readonly verdict: Verdict;
  /** The verdict in one line, such as "The API is served by cp1; one of three nodes is unreachable." */
  readonly sentence: string;
  readonly causes: readonly Cause[];
  /** Nodes that could serve the VIP, the holder included. */
  readonly redundancy: { readonly fit: number; readonly of: number };
}

/** Judges what was seen of a cluster, all of it or a live view's part. */
export function diagnose(spec: ClusterSpec, state: ClusterState<NodeRunning>): Diagnosis {
  const unreachable = state.nodes.filter(({ seen }) => !seen.known);
  const without = spec.endpoint.virtualIPs.filter(({ address }) => holdersOf(state, address).length !== 1);
  const verdict = without.length === 0 ? (unreachable.length === 0 ? 'served' : 'degraded') : 'outage';
  return {
    verdict: unreachable.length === spec.nodes.length ? 'unknown' : verdict,
    sentence: verdict,
    causes: unreachable.map(({ node }) => ({
      rule: 'node-unknown',
      severity: 'error',
      what: `${node} is unreachable`,
      node,
      consequences: [],
    })),
    redundancy: { fit: spec.nodes.length - unreachable.length, of: spec.nodes.length },
  };
}
