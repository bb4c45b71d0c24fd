import type { EtcdSeen, KubernetesSeen, LeaseSeen } from '../cluster/kubernetes.ts';
import type { ClusterState } from '../cluster/state.ts';
import { formatMs } from '../core/duration.ts';
import type { Observed } from '../core/observed.ts';
import { fittedTable } from './table.ts';
import { wrap } from './wrap.ts';

/** Kubernetes itself for people: a line for each node, then etcd, then who holds which lease. Empty when it was not asked. */
export function kubernetesLines(state: ClusterState, width = Infinity): readonly string[] {
  const nodes = state.nodes.map(({ node, seen }) => ({
    node,
    seen: seen.known && seen.value.kubernetes.known ? seen.value.kubernetes.value : undefined,
  }));
  if (nodes.every(({ seen }) => seen === undefined)) return [];
  return [
    '',
    fittedTable(
      ['KUBERNETES', 'VERSION', 'READY', 'CERTIFICATE', 'ETCD', 'DB USED', 'ADD-ONS'],
      nodes.map(({ node, seen }) => [node, ...(seen ? nodeCells(seen) : Array<string>(6).fill('unknown'))]),
      width,
    ),
    ...etcdLines(nodes).flatMap((line) => wrap(line, width, { hanging: 2 })),
    ...leaseLines(
      nodes.flatMap(({ seen }) => (seen ? [seen] : [])),
      width,
    ),
  ];
}

function text<T>(observed: Observed<T>, show: (value: T) => string): string {
  return observed.known ? show(observed.value) : 'unknown';
}

function nodeCells({ version, readyz, served, etcd, addons }: KubernetesSeen): readonly string[] {
  return [
    text(version, (value) => value),
    text(readyz, ({ ready, failing }) => (ready ? 'yes' : `no: ${failing.join(', ') || 'it does not say why'}`)),
    text(served, ({ daysLeft }) => (daysLeft < 0 ? 'EXPIRED' : `${daysLeft} days left`)),
    text(etcd, (seen) => `${roleOf(seen)} ${seen.version}`),
    text(etcd, ({ databaseBytes, inUseBytes }) => `${mebibytes(inUseBytes)} of ${mebibytes(databaseBytes)} MiB`),
    text(addons, (seen) =>
      seen
        ? `${seen.ok ? (seen.message === 'applied' ? `${seen.objects} applied` : 'stands back') : 'FAILING'}, ${formatMs(seen.ageMs)} ago${seen.corrections > 0 ? `, ${seen.corrections} corrections` : ''}`
        : 'none',
    ),
  ];
}

function roleOf({ memberId, leaderId }: EtcdSeen): string {
  return leaderId === '0' ? 'no leader' : leaderId === memberId ? 'leader' : 'follower';
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

function etcdLines(
  nodes: readonly { readonly node: string; readonly seen: KubernetesSeen | undefined }[],
): readonly string[] {
  const members = nodes.flatMap(({ seen }) => (seen?.etcd.known ? [seen.etcd.value] : []));
  const list = members.find((seen) => seen.members.known)?.members;
  const alarms = members.find((seen) => seen.alarms.known)?.alarms;
  const newest = nodes
    .flatMap(({ node, seen }) => (seen?.snapshotAgeMs === undefined ? [] : [{ node, ms: seen.snapshotAgeMs }]))
    .toSorted((a, b) => a.ms - b.ms)[0];
  const taken = newest ? `; last snapshot ${formatMs(newest.ms)} ago, on ${newest.node}` : '';
  if (!list?.known) return ['', `etcd members: unknown${taken}`];
  const names = list.value.map(({ name, learner }) => `${name || '(not started)'}${learner ? ' (learner)' : ''}`);
  const raised = alarms?.known
    ? alarms.value.length === 0
      ? 'no alarms'
      : `ALARMS: ${alarms.value.map(({ alarm }) => alarm).join(', ')}`
    : 'alarms unknown';
  return ['', `etcd members: ${names.join(', ')}; ${raised}${taken}`];
}

function leaseLines(nodes: readonly KubernetesSeen[], width: number): readonly string[] {
  const leases = nodes.find((seen) => seen.leases.known)?.leases;
  if (!leases?.known) return ['', 'leases: unknown'];
  if (leases.value.length === 0) return ['', 'leases: none in kube-system'];
  return ['', fittedTable(['LEASE', 'HOLDER', 'RENEWED', 'LASTS', 'CHANGES'], leases.value.map(leaseRow), width)];
}

function leaseRow({ name, holder, ageMs, durationMs, transitions }: LeaseSeen): readonly string[] {
  return [
    name,
    holder === '' ? 'nobody' : holder,
    text(ageMs, (value) => `${formatMs(value)} ago`),
    formatMs(durationMs),
    String(transitions),
  ];
}
