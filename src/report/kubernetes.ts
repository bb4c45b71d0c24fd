import type { EtcdSeen, KubernetesSeen, LeaseSeen } from '../cluster/kubernetes.ts';
import type { ClusterState } from '../cluster/state.ts';
import { formatMs } from '../core/duration.ts';
import type { Observed } from '../core/observed.ts';
import { table } from './table.ts';

/** Kubernetes itself for people: a line for each node, then etcd, then who holds which lease. Empty when it was not asked. */
export function kubernetesLines(state: ClusterState): readonly string[] {
  const nodes = state.nodes.map(({ node, seen }) => ({
    node,
    seen: seen.known && seen.value.kubernetes.known ? seen.value.kubernetes.value : undefined,
  }));
  if (nodes.every(({ seen }) => seen === undefined)) return [];
  return [
    '',
    table(
      ['KUBERNETES', 'VERSION', 'READYZ', 'CERTIFICATE', 'ETCD', 'TERM', 'DATABASE', 'ADD-ONS'],
      nodes.map(({ node, seen }) => [node, ...(seen ? nodeCells(seen) : Array<string>(7).fill('unknown'))]),
    ),
    ...etcdLines(nodes),
    ...leaseLines(nodes.flatMap(({ seen }) => (seen ? [seen] : []))),
  ];
}

function text<T>(observed: Observed<T>, show: (value: T) => string): string {
  return observed.known ? show(observed.value) : 'unknown';
}

function nodeCells({ version, readyz, served, etcd, addons }: KubernetesSeen): readonly string[] {
  return [
    text(version, (value) => value),
    text(readyz, ({ ready, failing }) => (ready ? 'ok' : `failing: ${failing.join(', ') || 'no detail'}`)),
    text(served, ({ daysLeft }) => (daysLeft < 0 ? 'EXPIRED' : `${daysLeft} days left`)),
    text(etcd, (seen) => `${roleOf(seen)} ${seen.version}`),
    text(etcd, ({ raftTerm }) => String(raftTerm)),
    text(etcd, ({ databaseBytes, inUseBytes }) => `${mebibytes(databaseBytes)}, ${mebibytes(inUseBytes)} used`),
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
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

function etcdLines(
  nodes: readonly { readonly node: string; readonly seen: KubernetesSeen | undefined }[],
): readonly string[] {
  const members = nodes.flatMap(({ seen }) => (seen?.etcd.known ? [seen.etcd.value] : []));
  const list = members.find((seen) => seen.members.known)?.members;
  const alarms = members.find((seen) => seen.alarms.known)?.alarms;
  if (!list?.known) return ['', 'etcd members: unknown'];
  const names = list.value.map(({ name, learner }) => `${name || '(not started)'}${learner ? ' (learner)' : ''}`);
  const raised = alarms?.known
    ? alarms.value.length === 0
      ? 'no alarms'
      : `ALARMS: ${alarms.value.map(({ alarm }) => alarm).join(', ')}`
    : 'alarms unknown';
  return ['', `etcd members: ${names.join(', ')}; ${raised}`];
}

function leaseLines(nodes: readonly KubernetesSeen[]): readonly string[] {
  const leases = nodes.find((seen) => seen.leases.known)?.leases;
  if (!leases?.known) return ['', 'leases: unknown'];
  if (leases.value.length === 0) return ['', 'leases: none in kube-system'];
  return ['', table(['LEASE', 'HOLDER', 'RENEWED', 'LASTS', 'CHANGES'], leases.value.map(leaseRow))];
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
