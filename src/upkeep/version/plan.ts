import type { ClusterSpec } from '../../cluster/spec.ts';
import { holdersOf, type ClusterState } from '../../cluster/state.ts';
import { sha256 } from '../../render/render.ts';
import { isDone, knownVersions, serverSeen } from './look.ts';
import type { KnownVersion, VersionPlan, VersionStep, VersionView } from './model.ts';

/**
 * What is to be done, from what the machines say now. Nodes that are done are left out, so that a run that was killed anywhere is
 * finished by the next. A node whose visit was begun comes first; then from the last of the file to the first, holders of a VIP
 * last; then the workers.
 */
export function planVersion(
  spec: ClusterSpec,
  views: readonly VersionView[],
  state: ClusterState,
  version: string,
): VersionPlan {
  const known = knownVersions(views);
  const server = serverSeen(known);
  const left = known.filter((view) => !isDone(view, version, server));
  const begun = known.some(({ seen }) => seen.visit !== undefined);
  const control = known.filter(({ role }) => role === 'control-plane');
  const holds = (view: KnownVersion): boolean =>
    spec.endpoint.virtualIPs.some(({ address }) => holdersOf(state, address).includes(view.node));
  const visited = [
    ...ordered(left, 'control-plane', holds),
    ...left.filter(({ role }) => role === 'worker').toSorted((a, b) => late(a) - late(b)),
  ];
  const [first] = visited;
  const untouched = !begun && server?.cluster !== version;
  const asked = control.find((view) => view.seen.server.known && view.node !== first?.node) ?? control[0];
  const steps: readonly VersionStep[] = [
    ...left.filter(({ seen }) => seen.running).map(({ node }): VersionStep => ({ kind: 'wait', node })),
    ...(left.some(({ seen }) => seen.archives) ? [{ kind: 'images' as const }] : []),
    ...(untouched && first ? [{ kind: 'check' as const, node: first.node }] : []),
    ...(untouched && asked ? [{ kind: 'snapshot' as const, node: asked.node }] : []),
    ...visited.map((view): VersionStep => {
      const { node, role, seen } = view;
      const applies = role === 'control-plane' && node === first?.node && server?.cluster !== version;
      const does = seen.visit?.does ?? (applies ? 'apply' : 'node');
      return { kind: 'visit', node, role, does, from: versionOf(view), holder: holds(view) };
    }),
  ];
  const from = server?.cluster ?? '';
  const etcd = etcdChange(control);
  return {
    cluster: spec.name,
    from,
    to: version,
    etcd,
    steps,
    hash: sha256(JSON.stringify([from, version, steps])).slice(0, 12),
  };
}

function ordered(
  left: readonly KnownVersion[],
  role: KnownVersion['role'],
  holds: (view: KnownVersion) => boolean,
): readonly KnownVersion[] {
  return left
    .filter((view) => view.role === role)
    .toReversed()
    .toSorted((a, b) => late(a) - late(b) || Number(holds(a)) - Number(holds(b)));
}

/** A visit that was begun is finished before another one begins. */
function late({ seen }: KnownVersion): number {
  return seen.visit === undefined ? 1 : 0;
}

function versionOf({ seen: { images, programs } }: KnownVersion): string {
  return images.get('kube-apiserver') ?? programs.kubelet.version ?? '';
}

function etcdChange(control: readonly KnownVersion[]): VersionPlan['etcd'] {
  const wanted = control.find(({ seen }) => seen.etcdWanted !== undefined)?.seen.etcdWanted;
  const old = control.map(({ seen }) => seen.images.get('etcd')).find((tag) => tag !== undefined && tag !== wanted);
  return wanted === undefined || old === undefined ? undefined : { from: old, to: wanted };
}
