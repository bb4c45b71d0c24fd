import { example } from '../cluster/file/kinds.ts';
import type { Rule } from './rule.ts';
import { solverFindings } from './solver.ts';

export const advertIntervalFast: Rule = {
  id: 'advert-interval-fast',
  severity: 'warning',
  title: 'Advertisements so often that a busy host is taken for a dead one',
  why: 'On two saturated cores, advertisements every 10 ms caused false failovers even with real-time priority; every 30 ms caused none. Faster is for hosts that you have measured under full load.',
  bad: example({ more: 'failover:\n  timers: { advertInterval: 10ms }' }),
  good: example({ more: 'failover:\n  timers: { advertInterval: 30ms }' }),
  check: (spec) => solverFindings(spec, 'advert-interval-fast'),
};
