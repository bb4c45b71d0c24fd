import { prioritiesOf } from '../predict/vrrp.ts';
import { solve } from '../predict/solve.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import { assumedFacts } from '../cluster/timers.ts';
import type { Finding } from '../core/finding.ts';

/** What the solver says about the target and the pinned timers; the nodes' real versions are not known here. */
export function solverFindings({ failover, nodes, ...spec }: ClusterSpec, id: string): readonly Finding[] {
  const solved = solve(failover, nodes.length, [assumedFacts], {
    priorities: prioritiesOf({ failover, nodes, ...spec }),
  });
  return (solved.ok ? solved.value.findings : solved.error).filter(({ rule }) => rule === id);
}
