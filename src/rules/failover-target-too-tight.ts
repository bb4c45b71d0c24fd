import { example } from '../cluster/file/kinds.ts';
import type { Rule } from './rule.ts';
import { solverFindings } from './solver.ts';

export const failoverTargetTooTight: Rule = {
  id: 'failover-target-too-tight',
  severity: 'error',
  title: 'The target cannot be met safely',
  why: 'The outage after the loss of a node is several advertisement intervals long. A very short target needs intervals at which a busy host misses its turn, so that the address moves although nothing failed.',
  bad: example({ more: 'failover:\n  target: 50ms' }),
  good: example({ more: 'failover:\n  target: 500ms' }),
  check: (spec) => solverFindings(spec, 'failover-target-too-tight'),
};
