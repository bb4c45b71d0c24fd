import type { UnfinishedSeen } from '../../cluster/kubernetes.ts';
import type { Finding } from '../../core/finding.ts';

/**
 * What clients have: `served` where nothing is wrong that clients or the next failover would notice (a warning may remain),
 * `degraded` where they are served but something is wrong or a node less could take over, `outage` where some are not served,
 * `unknown` where too little answers to say.
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
  /** The verdict in one line, such as "The API is served by cp1, but cp2 is unreachable: 2 of 3 nodes can serve it." */
  readonly sentence: string;
  readonly causes: readonly Cause[];
  /** Nodes that could serve the VIP, the holder included. */
  readonly redundancy: { readonly fit: number; readonly of: number };
}

/** What is known besides what runs, and how commands are written. */
export interface DiagnoseOptions {
  /** What the full look found; those that a cause explains are folded below it. */
  readonly findings?: readonly Finding[];
  /** For each node: in how many files it differs from what the cluster file wants; absent where that is unknown. */
  readonly filesDiffer?: Readonly<Partial<Record<string, number>>>;
  /** For each node: work that was begun there and has not ended. */
  readonly unfinished?: Readonly<Partial<Record<string, readonly UnfinishedSeen[]>>>;
  /** For each node that does not answer: since when, in milliseconds of the wall clock. */
  readonly silentSinceMs?: Readonly<Partial<Record<string, number>>>;
  /** The cluster file as the operator names it; default: the cluster's name with `.yaml`. */
  readonly file?: string;
  /** ssh's -F, where the operator gave one. */
  readonly sshConfig?: string;
}

/** A cause with its place in the order: lower is worse. */
export interface RankedCause extends Cause {
  readonly rank: number;
}

/** Places in the order of causes. */
export const ranks = { address: 0, api: 1, node: 2, server: 3, error: 4, drained: 5, warning: 6 } as const;
