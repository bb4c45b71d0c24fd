import { example } from '../cluster/file/kinds.ts';
import type { Rule } from './rule.ts';
import { solverFindings } from './solver.ts';

export const failoverTargetMissed: Rule = {
  id: 'failover-target-missed',
  severity: 'warning',
  title: 'Pinned timers miss the target',
  why: 'Pinned timers are taken as they are. When they give a longer outage than the target, one of the two is not what you want.',
  bad: example({ more: 'failover:\n  target: 500ms\n  timers: { advertInterval: 1s }' }),
  good: example({ more: 'failover:\n  target: 6s\n  timers: { advertInterval: 1s }' }),
  check: (spec) => solverFindings(spec, 'failover-target-missed'),
};
