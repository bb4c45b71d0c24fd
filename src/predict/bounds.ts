import { majority } from '../cluster/spec.ts';
import type { Allowances, Range } from './allowances.ts';
import type { Bounds, Model } from './model.ts';
import { term, type Bound, type Term } from './terms.ts';
import { duelMs, prioritiesOf, successorSkew } from './vrrp.ts';

export const forEver = Number.POSITIVE_INFINITY;

export function until(end: string, note: string, twoHoldersUpperMs = 0): Bounds {
  return {
    impact: 'outage',
    lowerMs: 0,
    upperMs: forEver,
    formula: `until ${end}`,
    twoHoldersUpperMs,
    note,
  };
}

export function unnoticed(formula: string, note: string): Bounds {
  return {
    impact: 'none',
    lowerMs: 0,
    upperMs: 0,
    formula,
    twoHoldersUpperMs: 0,
    note,
  };
}

export function outage(
  { spec, timers, allowances }: Model,
  bound: Bound,
  note?: string,
  twoHoldersUpperMs = 0,
): Bounds {
  return {
    impact: 'outage',
    ...bound,
    twoHoldersUpperMs: Math.max(
      twoHoldersUpperMs,
      duelMs(prioritiesOf(spec), timers.vrrp.advertIntervalMs, allowances),
    ),
    ...(note === undefined ? {} : { note }),
  };
}

function skewOf({ spec, timers }: Model): Range | undefined {
  return successorSkew(prioritiesOf(spec), timers.vrrp.advertIntervalMs);
}

/** Bounds a fault that only another node can make good; one node alone waits for its own return. */
export function takenOver(bound: (skew: Range, model: Model) => Bounds) {
  return (model: Model): Bounds => {
    const skew = skewOf(model);
    return skew ? bound(skew, model) : until('it runs again', 'A single node: nobody can take over.');
  };
}

/** From the backup's decision to what a probing client sees. */
export function arrival({ takeover, probe }: Allowances): Term[] {
  return [term('takeover', takeover), term('probe', probe)];
}

/** Where fencing counts more nodes than are left, the survivors give the VIP up too. */
export function lacksMajority({ spec }: Model, left: number): boolean {
  return spec.failover.fencing && left < majority(spec.nodes.length);
}

/** `a − b` of two ranges is at most a's most minus b's least. */
export function negated(terms: readonly Term[]): Term[] {
  return terms.map(({ lowerMs, upperMs, text }) => ({ lowerMs: -upperMs, upperMs: -lowerMs, text }));
}
