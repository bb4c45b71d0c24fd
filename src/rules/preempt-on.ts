import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';

export const preemptOn = rule({
  id: 'preempt-on',
  severity: 'info',
  title: 'Returning nodes take the address back',
  why: 'With preemption every repair costs one more short outage, at a time that nobody chose; and a node that crashes again and again takes the address along each time.',
  bad: example({ more: 'failover:\n  preempt: true' }),
  good: example({ more: 'failover:\n  preempt: false' }),
  check: ({ failover }) =>
    failover.preempt
      ? [
          {
            message: 'a preferred node takes its VIP back as soon as it returns',
            reason: 'Every return is one more short outage, and connections through the old holder are lost.',
            suggestion: 'Leave preempt out unless a certain node must hold the address.',
            path: ['failover', 'preempt'],
          },
        ]
      : [],
});
