import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Finding } from '../../core/finding.ts';
import type { EtcdView } from './model.ts';

/** Only kubeadm's own etcd is known: where its data and certificates are, and how it is stopped. */
export function notStacked({ etcd }: ClusterSpec): readonly Finding[] {
  if (etcd.mode === 'stacked') return [];
  return [
    {
      rule: 'etcd-external',
      severity: 'error',
      message: 'etcd runs elsewhere, and only the etcd of kubeadm on the control-plane nodes is known here',
      path: ['etcd', 'mode'],
    },
  ];
}

/** What stands in the way of a restore: all nodes have to take part, because all have the same data again. */
export function restoreObstacles(spec: ClusterSpec, views: readonly EtcdView[]): readonly Finding[] {
  const unseen = views.flatMap(({ node, seen }): Finding[] =>
    seen.known
      ? []
      : [
          {
            rule: 'node-unreachable',
            severity: 'error',
            node,
            message: seen.reason,
            reason: 'A member that still has the data of before must not come back beside the restored ones.',
          },
        ],
  );
  const unknown = views.flatMap(({ node, seen }): Finding[] =>
    !seen.known || seen.value.manifest
      ? []
      : [
          {
            rule: 'etcd-restore-impossible',
            severity: 'error',
            node,
            message: 'it has no manifest of an etcd that kubeadm made',
          },
        ],
  );
  return [...notStacked(spec), ...unseen, ...unknown];
}
