import type { ClusterSpec } from '../../cluster/spec.ts';
import type { ClusterState, NodeRunning } from '../../cluster/state.ts';
import { diagnose, type DiagnoseOptions, type Diagnosis } from '../diagnosis.ts';
import type { WatchState } from './model.ts';

/** The verdict and the root causes of a watched cluster: what runs now, and what the last full look found besides. */
export function diagnosisOf(
  spec: ClusterSpec,
  state: WatchState,
  seen: ClusterState<NodeRunning>,
  options: Pick<DiagnoseOptions, 'file' | 'sshConfig'>,
): Diagnosis {
  const silent = Object.fromEntries(
    state.nodes.flatMap(({ node, now }) => (now.answering ? [] : [[node, now.sinceMs]])),
  );
  return diagnose(spec, seen, { ...lookedBefore(state, silent), silentSinceMs: silent, ...options });
}

/** What only a full look finds, of nodes that still answer: the live view itself judges all that runs. */
function lookedBefore(
  { status }: WatchState,
  silent: Readonly<Record<string, number>>,
): Pick<DiagnoseOptions, 'findings' | 'filesDiffer'> {
  if (!status) return {};
  const { findings, filesDiffer = {} } = status.status;
  return {
    findings: findings.filter(({ node }) => node === undefined || silent[node] === undefined),
    filesDiffer: Object.fromEntries(Object.entries(filesDiffer).filter(([node]) => silent[node] === undefined)),
  };
}
