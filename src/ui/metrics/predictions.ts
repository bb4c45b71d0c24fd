import type { ClusterSpec } from '../../cluster/spec.ts';
import { faults } from '../../drill/faults/index.ts';
import { predictFaults } from '../../drill/target.ts';
import { solveSpec } from '../../predict/solve.ts';

/** Longest outage predicted for each fault that has a bound; none where the timers cannot be solved. */
export function predictionsOf(spec: ClusterSpec): readonly { readonly fault: string; readonly upperMs: number }[] {
  const solved = solveSpec(spec, []);
  if (!solved.ok) return [];
  return faults.flatMap((fault) => {
    const prediction = predictFaults(spec, solved.value.timers, [fault]);
    return prediction && Number.isFinite(prediction.upperMs)
      ? [{ fault: fault.name, upperMs: prediction.upperMs }]
      : [];
  });
}
