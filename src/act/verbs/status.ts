import type { ClusterSpec } from '../../cluster/spec.ts';
import { holdersOf } from '../../cluster/state.ts';
import type { ClusterStatus } from '../../judge/status.ts';
import type { Host } from '../../host/host.ts';
import { healthFindings } from '../../judge/health.ts';
import { kubernetesFindings } from '../../judge/kubernetes-health.ts';
import { observe } from '../../observe/once/observe.ts';
import { makePlan } from '../../plan/plan.ts';
import { wantedFiles } from '../../plan/wanted.ts';

/** One look at the cluster, judged. */
export async function clusterStatus(spec: ClusterSpec, hosts: readonly Host[]): Promise<ClusterStatus> {
  const state = await observe(spec, hosts, { kubernetes: true });
  const wanted = wantedFiles(spec, state);
  const plan = wanted.ok ? makePlan(spec, wanted.value.sets, state) : undefined;
  const files = Object.fromEntries(
    state.nodes.map(({ node, seen }): [string, string] => {
      if (!seen.known || !plan?.wanted[node]) return [node, 'unknown'];
      const changes = plan.nodes.filter((entry) => entry.node === node).flatMap((visit) => visit.changes);
      if (seen.value.files.length === 0) return [node, 'none'];
      return [node, changes.length === 0 ? 'as wanted' : `${changes.length} differ`];
    }),
  );
  return {
    cluster: spec.name,
    virtualIPs: spec.endpoint.virtualIPs.map(({ address }) => ({ address, holders: holdersOf(state, address) })),
    files,
    findings: [...healthFindings(spec, state), ...kubernetesFindings(spec, state)],
    state,
  };
}
