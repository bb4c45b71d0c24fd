import { example } from '../cluster/file/kinds.ts';
import type { Rule } from './rule.ts';
import { solverFindings } from './solver.ts';

export const advertIntervalStep: Rule = {
  id: 'advert-interval-step',
  severity: 'error',
  title: 'An advertisement interval that VRRP cannot have',
  why: 'VRRP version 3 has 12 bits of centiseconds for it (RFC 9568 §5.2.7): 10 ms to 40.95 s in steps of 10 ms. keepalived would round, and the prediction would be of another interval.',
  bad: example({ more: 'failover:\n  timers: { advertInterval: 55ms }' }),
  good: example({ more: 'failover:\n  timers: { advertInterval: 50ms }' }),
  check: (spec) => solverFindings(spec, 'advert-interval-step'),
};
