import type { ClusterSpec } from '../cluster/spec.ts';
import { disruptions, isKind, type Prediction } from '../cluster/disruption.ts';
import type { Timers } from '../cluster/timers.ts';
import { defaultAllowances, type Allowances } from './allowances.ts';
import { establishedOf } from './established.ts';
import { bounds } from './outage.ts';
import { readsOf } from './reads.ts';

export const disruptionKinds = Object.keys(bounds).filter(isKind);

/**
 * Bounds what a client of the VIP loses in one fault of each kind, in milliseconds. Upper bounds take the worst holder, VIP
 * and moment; an upper bound is Infinity where only the node's return ends the outage.
 * @param allowances what timers do not bound; a drill's own measurements can replace the defaults
 */
export function predict(spec: ClusterSpec, timers: Timers, allowances: Allowances = defaultAllowances): Prediction[] {
  const model = { spec, timers, allowances };
  return disruptionKinds.map((disruption) => {
    const found = bounds[disruption](model);
    const reads = readsOf(disruption, model, found);
    const established = establishedOf(spec, disruption, found.upperMs);
    return {
      disruption,
      title: disruptions[disruption],
      ...found,
      ...(reads && { reads }),
      ...(established && { established }),
    };
  });
}
