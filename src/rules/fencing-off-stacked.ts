import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';

export const fencingOffStacked = rule({
  id: 'fencing-off-stacked',
  severity: 'warning',
  title: 'Fencing is off with stacked etcd',
  why: 'In a split network each side elects a holder. On the side without a majority etcd answers no writes, yet its node keeps the address: clients near it lose the API although it works on the other side.',
  bad: example({ more: 'failover:\n  fencing: off' }),
  good: example({ more: 'failover:\n  fencing: auto' }),
  counts: true,
  check: ({ nodes, etcd, failover }) =>
    !failover.fencing && etcd.mode === 'stacked' && nodes.length >= 3
      ? [
          {
            message: 'fencing is off: a split network has two holders of one address',
            reason: 'The holder on the side without an etcd majority keeps clients that it cannot serve.',
            suggestion: 'Write `fencing: auto`, or leave it out.',
            path: ['failover', 'fencing'],
          },
        ]
      : [],
});
