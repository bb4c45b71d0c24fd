import type { ClusterSpec } from '../cluster/spec.ts';
import type { ClusterState } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';
import type { Host } from '../host/host.ts';
import type { ClusterStatus } from '../judge/status.ts';
import { observe } from '../observe/once/observe.ts';
import { wantedFiles } from '../plan/wanted.ts';
import { balancersIn } from './balance.ts';
import { lookAtMachines } from './look.ts';
import type { Balancer, MachineView } from './model.ts';
import { isMember } from './plan.ts';

/** What workers with a HAProxy of their own say of themselves. */
export interface WorkersSeen {
  readonly views: readonly MachineView[];
  readonly state: ClusterState;
}

/** Whether workers have a part in the endpoint: where their kubelets ask the VIP, nothing of ours is on them. */
export function haveBalancers({ workers, kubernetes }: ClusterSpec): boolean {
  return workers.length > 0 && kubernetes.workerBalancer === 'node-local';
}

export async function lookAtWorkers(
  spec: ClusterSpec,
  workers: readonly Host[],
  signal: AbortSignal,
): Promise<WorkersSeen> {
  const [views, state] = await Promise.all([
    lookAtMachines({ ...spec, nodes: [] }, workers, signal),
    observe(spec, workers, { signal }),
  ]);
  return { views, state };
}

/** A status that tells of the workers too: what the next `up` would change on them, and what has not ended there. */
export function withWorkers(spec: ClusterSpec, status: ClusterStatus, { views, state }: WorkersSeen): ClusterStatus {
  const wanted = wantedFiles(spec, status.state);
  // Where the nodes do not say their versions, what workers should have is unknown too.
  const balancers = wanted.ok ? balancersIn(spec, views, state, wanted.value.timers) : [];
  return {
    ...status,
    findings: [...status.findings, ...views.flatMap((view) => findingsOf(spec, view, balancers))],
    unfinishedWorkers: Object.fromEntries(
      views.flatMap(({ node, seen }) =>
        seen.known && seen.value.unfinished.length > 0 ? [[node, seen.value.unfinished]] : [],
      ),
    ),
  };
}

function findingsOf(spec: ClusterSpec, view: MachineView, balancers: readonly Balancer[]): readonly Finding[] {
  const { node, role, seen } = view;
  if (!seen.known) return [{ rule: 'worker-unknown', severity: 'warning', node, message: seen.reason }];
  if (seen.value.unfinished.length > 0) return [];
  const balancer = balancers.find((each) => each.node === node);
  const differs = isMember({ node, role, seen: seen.value })
    ? balancer
      ? differences(balancer, seen.value.joined?.endpoint)
      : []
    : ['it is no node of the cluster'];
  if (differs.length === 0) return [];
  return [
    {
      rule: 'worker-differs',
      severity: 'warning',
      node,
      message: differs.join('; '),
      suggestion: `k8s-ha up ${spec.name}.yaml`,
    },
  ];
}

function differences({ visit, repoint, server }: Balancer, endpoint = 'nothing'): readonly string[] {
  const files = visit?.changes.length ?? 0;
  return [
    ...(repoint ? [`its kubelet asks ${endpoint}, and should ask ${server}`] : []),
    ...(visit && (visit.haproxy === 'start' || visit.packages.length > 0) ? ['its HAProxy does not run'] : []),
    ...(files > 0
      ? [
          `${files === 1 ? '1 file of its HAProxy differs' : `${files} files of its HAProxy differ`} from the cluster file`,
        ]
      : []),
    ...(visit && files === 0 && visit.haproxy !== 'start' && visit.packages.length === 0
      ? ['its HAProxy does not run with the files that it has']
      : []),
  ];
}
