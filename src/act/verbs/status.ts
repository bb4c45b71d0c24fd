import type { ClusterSpec } from '../../cluster/spec.ts';
import { holdersOf, type ClusterState } from '../../cluster/state.ts';
import type { ClusterStatus } from '../../judge/status.ts';
import type { Host } from '../../host/host.ts';
import { healthFindings } from '../../judge/health.ts';
import { kubernetesFindings } from '../../judge/kubernetes/health.ts';
import { unfinishedFindings } from '../../judge/unfinished.ts';
import { observe } from '../../observe/once/observe.ts';
import { makePlan } from '../../plan/plan.ts';
import { wantedFiles } from '../../plan/wanted.ts';

/** One look at the cluster, judged. */
export async function clusterStatus(spec: ClusterSpec, hosts: readonly Host[]): Promise<ClusterStatus> {
  return statusOf(spec, await observe(spec, hosts, { kubernetes: true }));
}

/** What one observation says of the cluster. */
export function statusOf(spec: ClusterSpec, state: ClusterState): ClusterStatus {
  const wanted = wantedFiles(spec, state);
  const plan = wanted.ok ? makePlan(spec, wanted.value.sets, state) : undefined;
  const looked = state.nodes.map(({ node, seen }) => {
    const changes =
      seen.known && plan?.wanted[node]
        ? plan.nodes.filter((entry) => entry.node === node).flatMap((visit) => visit.changes).length
        : undefined;
    return { node, changes, none: seen.known && seen.value.files.length === 0 };
  });
  return {
    cluster: spec.name,
    virtualIPs: spec.endpoint.virtualIPs.map(({ address }) => ({ address, holders: holdersOf(state, address) })),
    files: Object.fromEntries(
      looked.map(({ node, changes, none }) => [
        node,
        changes === undefined ? 'unknown' : none ? 'none' : changes === 0 ? 'as wanted' : `${changes} differ`,
      ]),
    ),
    filesDiffer: Object.fromEntries(
      looked.flatMap(({ node, changes, none }) => (changes === undefined || none ? [] : [[node, changes]])),
    ),
    findings: [...healthFindings(spec, state), ...kubernetesFindings(spec, state), ...unfinishedFindings(spec, state)],
    state,
  };
}
