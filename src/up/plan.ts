import type { ClusterSpec } from '../cluster/spec.ts';
import { sha256 } from '../render/render.ts';
import { localServer } from '../render/worker.ts';
import type { EndpointState, Leaver, MachineSeen, MachineView, UpPlan, UpStep } from './model.ts';

/** A machine that answered. */
export interface Known {
  readonly node: string;
  readonly role: MachineView['role'];
  readonly seen: MachineSeen;
}

export function knownViews(views: readonly MachineView[]): readonly Known[] {
  return views.flatMap(({ node, role, seen }) => (seen.known ? [{ node, role, seen: seen.value }] : []));
}

/** It belongs to a cluster, and no half of it is ours to finish. */
export function isMember({ seen }: Known): boolean {
  return seen.joined !== undefined && seen.begun === undefined && !seen.running;
}

/** Its API server answers, and so does etcd behind it. */
export function serves(view: Known): boolean {
  return isMember(view) && view.seen.controlPlane && view.seen.members.known;
}

/** kubeadm has made nothing of it, and is not at work. */
export function isBare({ joined, begun, running, controlPlane }: MachineSeen): boolean {
  return joined === undefined && begun === undefined && !running && !controlPlane;
}

/**
 * What is to be done, from what the machines say now. What is done already is left out, so that a run that was killed anywhere is
 * finished by the next, and a cluster that runs needs nothing. Nodes whose machine is dead leave before others join, because
 * etcd counts them; those that run leave afterwards, so that it never has fewer members than it needs to.
 * @param endpoint the state of the address, as a rollout sees it
 */
export function planUp(
  spec: ClusterSpec,
  views: readonly MachineView[],
  endpoint: EndpointState,
  {
    leavers = [],
    balancers = [],
  }: { readonly leavers?: readonly Leaver[]; readonly balancers?: readonly Balancing[] } = {},
): UpPlan {
  const known = knownViews(views);
  const [control, workers] = (['control-plane', 'worker'] as const).map((role) =>
    known.filter((view) => view.role === role),
  );
  const members = (control ?? []).filter(isMember);
  const first = members.length === 0 ? (control ?? [])[0] : undefined;
  const steps: readonly UpStep[] = [
    ...(endpoint === 'missing' || endpoint === 'leaving' ? [{ kind: 'endpoint' as const }] : []),
    ...known.filter(({ seen }) => seen.running).map((view) => step('wait', view)),
    ...known.filter(({ seen }) => seen.begun !== undefined && !seen.running).map((view) => step('reset', view)),
    ...members.filter((view) => !serves(view)).map((view) => step('serving', view)),
    ...leavers.filter(({ remains }) => remains !== 'node').map(leaveStep),
    ...(first && !first.seen.running ? [step('init', first)] : []),
    ...[...(control ?? []), ...(workers ?? [])]
      .filter((view) => !isMember(view) && view !== first && !view.seen.running)
      .map((view) => step('join', view)),
    ...(endpoint === 'outdated' || (endpoint !== 'in-sync' && members.length < (control ?? []).length)
      ? [{ kind: 'verify' as const }]
      : []),
    ...balancers.map(({ node, server }): UpStep => ({ kind: 'balance', node, role: 'worker', server })),
    ...joiningBalanced(spec, workers ?? []),
    ...leavers.filter(({ remains }) => remains === 'node').map(leaveStep),
  ];
  return { cluster: spec.name, steps, hash: sha256(JSON.stringify(steps)).slice(0, 12) };
}

/** A worker whose kubelet does not reach the API as the file says. */
export interface Balancing {
  readonly node: string;
  readonly server: string;
}

/** Workers get a HAProxy of their own once they are nodes: what verifies the API servers is there by then. */
function joiningBalanced(spec: ClusterSpec, workers: readonly Known[]): readonly UpStep[] {
  if (spec.kubernetes.workerBalancer === 'vip') return [];
  const server = localServer(spec);
  return workers
    .filter((view) => !isMember(view))
    .map(({ node }) => ({ kind: 'balance', node, role: 'worker', server }));
}

function step(kind: UpStep['kind'], { node, role }: Known): UpStep {
  return { kind, node, role };
}

function leaveStep({ node, role, remains }: Leaver): UpStep {
  return { kind: 'leave', node, role, ...(remains && { remains }) };
}
