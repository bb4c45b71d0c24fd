import type { ClusterSpec } from '../cluster/spec.ts';
import type { ClusterState } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';
import { unfinishedOf, type Unfinished } from './unfinished.ts';
import { diagnose, type DiagnoseOptions, type Diagnosis } from './diagnosis.ts';

/** One look at the cluster, judged. */
export interface ClusterStatus {
  readonly cluster: string;
  readonly virtualIPs: readonly { readonly address: string; readonly holders: readonly string[] }[];
  /** For each node: "as wanted", or what differs; "unknown" where the node was not seen. */
  readonly files: Readonly<Record<string, string>>;
  /** For each node that was seen and is set up: in how many files it differs from what the cluster file wants. */
  readonly filesDiffer?: Readonly<Partial<Record<string, number>>>;
  readonly findings: readonly Finding[];
  readonly state: ClusterState;
  /** What was begun on workers and has not ended; absent where they were not asked. */
  readonly unfinishedWorkers?: Unfinished;
}

/** What one look says: the verdict, and the root causes of all that was found. */
export function diagnoseStatus(
  spec: ClusterSpec,
  { state, findings, filesDiffer = {}, unfinishedWorkers = {} }: ClusterStatus,
  options: Pick<DiagnoseOptions, 'file' | 'sshConfig'> = {},
): Diagnosis {
  return diagnose(spec, state, {
    ...options,
    findings,
    filesDiffer,
    unfinished: { ...unfinishedOf(state), ...unfinishedWorkers },
  });
}
