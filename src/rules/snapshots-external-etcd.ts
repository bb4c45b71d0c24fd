import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';

export const snapshotsExternalEtcd = rule({
  id: 'snapshots-external-etcd',
  severity: 'error',
  title: 'Snapshots of an etcd that runs elsewhere',
  why: 'Each node takes snapshots of its own etcd member. With external etcd the nodes have none.',
  bad: example({ more: 'etcd:\n  mode: external\n  snapshots: { every: 6h }' }),
  good: example({ more: 'etcd:\n  snapshots: { every: 6h }' }),
  check: ({ etcd }) =>
    etcd.mode === 'external' && etcd.snapshots
      ? [
          {
            message: 'snapshots are scheduled, and etcd runs elsewhere',
            reason: 'There is no etcd member on the nodes that one could be taken of.',
            suggestion: 'Leave `snapshots` out, and take them where etcd runs.',
            path: ['etcd', 'snapshots'],
          },
        ]
      : [],
});
