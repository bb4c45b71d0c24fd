import type { EtcdSeen, KubernetesSeen } from '../../cluster/kubernetes.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { ClusterState } from '../../cluster/state.ts';
import { formatMs } from '../../core/duration.ts';
import type { Finding, FindingId } from '../../core/finding.ts';

/** etcd stops taking writes at its quota (2 GiB unless set otherwise). */
const databaseWarningBytes = 1.6 * 2 ** 30;

/** Below this much it does not matter how much of the database is empty. */
const fragmentsFromBytes = 100 * 2 ** 20;

function finding(rule: FindingId, severity: Finding['severity'], message: string, node?: string): Finding {
  return {
    rule,
    severity,
    message,
    ...(node !== undefined && { node }),
  };
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

/** What is wrong with etcd, as its members tell it. */
export function etcdFindings(
  spec: ClusterSpec,
  nodes: readonly { readonly node: string; readonly kubernetes: KubernetesSeen }[],
): readonly Finding[] {
  const members = nodes.flatMap(({ node, kubernetes: { etcd } }) => (etcd.known ? [{ node, etcd: etcd.value }] : []));
  const one = ({ node, etcd }: { node: string; etcd: EtcdSeen }): readonly Finding[] => [
    ...(etcd.leaderId === '0' ? [finding('etcd-no-leader', 'error', 'the etcd member knows no leader', node)] : []),
    ...(etcd.databaseBytes > databaseWarningBytes
      ? [finding('etcd-size', 'warning', `etcd's database has ${mebibytes(etcd.databaseBytes)}`, node)]
      : []),
    ...(etcd.databaseBytes > fragmentsFromBytes && etcd.inUseBytes > 0 && etcd.inUseBytes * 2 < etcd.databaseBytes
      ? [
          finding(
            'etcd-fragmented',
            'warning',
            `etcd's database has ${mebibytes(etcd.databaseBytes)}, of which ${mebibytes(etcd.inUseBytes)} are used`,
            node,
          ),
        ]
      : []),
  ];
  const leaders = new Set(members.map(({ etcd }) => etcd.leaderId).filter((id) => id !== '0'));
  const lists = members.flatMap(({ etcd }) => (etcd.members.known ? [etcd.members.value] : []));
  const alarms = new Set(
    members.flatMap(({ etcd }) => (etcd.alarms.known ? etcd.alarms.value : []).map(({ alarm }) => alarm)),
  );
  const [list] = lists;
  return [
    ...members.flatMap(one),
    ...(leaders.size > 1 ? [finding('etcd-leaders', 'warning', 'the etcd members name different leaders')] : []),
    ...[...alarms].map((alarm) => finding('etcd-alarm', 'error', `etcd has the alarm ${alarm}`)),
    ...(list?.some(({ name }) => name === '')
      ? [finding('etcd-not-started', 'warning', 'an etcd member was added and never started')]
      : []),
    ...(list ?? [])
      .filter(({ name, learner }) => learner && name !== '')
      .map(({ name }) => finding('etcd-learner', 'warning', `the etcd member ${name} only learns, and does not vote`)),
    ...(list && spec.etcd.mode === 'stacked' && list.length !== spec.nodes.length
      ? [
          finding(
            'etcd-members',
            'warning',
            `etcd has ${list.length} members, and there are ${spec.nodes.length} nodes`,
          ),
        ]
      : []),
  ];
}

/** A snapshot takes a while, and a node that was started takes its first one later. */
const snapshotLateMs = 10 * 60_000;

/** Together the nodes have one that is younger than the interval; each has one that is younger than two. */
export function snapshotFindings(
  { etcd: { snapshots } }: ClusterSpec,
  nodes: readonly { readonly node: string; readonly kubernetes: KubernetesSeen }[],
  { nodes: all }: ClusterState,
): readonly Finding[] {
  if (!snapshots) return [];
  const failed = all.flatMap(({ node, seen }) => (seen.known && seen.value.snapshots.failed ? [node] : []));
  const ages = nodes.flatMap(({ kubernetes: { snapshotAgeMs: age } }) => (age === undefined ? [] : [age]));
  const newest = Math.min(...ages);
  const late = nodes.flatMap(({ node, kubernetes: { snapshotAgeMs: age } }) =>
    age !== undefined && age > 2 * snapshots.everyMs + snapshotLateMs ? [{ node, age }] : [],
  );
  return [
    ...failed.map((node) => finding('etcd-snapshot-missing', 'warning', 'the last snapshot of etcd failed', node)),
    ...(nodes.length > 0 && newest > snapshots.everyMs + snapshotLateMs
      ? [
          finding(
            'etcd-snapshot-missing',
            'warning',
            ages.length === 0
              ? 'no node has a snapshot of etcd yet'
              : `the newest snapshot of etcd is ${formatMs(newest)} old, and there should be one every ${formatMs(snapshots.everyMs)}`,
          ),
        ]
      : late.map(({ node, age }) =>
          finding('etcd-snapshot-missing', 'warning', `its newest snapshot of etcd is ${formatMs(age)} old`, node),
        )),
  ];
}
