import { formatMs } from '../core/duration.ts';
import type { Range } from './allowances.ts';

/** One addend of a bound. `text` is how the formula shows it, with the upper value filled in. */
export interface Term extends Range {
  readonly text: string;
}

/** An addend with a name: `8.6 ms skew`. */
export function term(label: string, { lowerMs, upperMs }: Range): Term {
  return {
    lowerMs,
    upperMs,
    text: `${formatMs(upperMs)} ${label}`,
  };
}

/** An addend that is the same at least and at most. */
export function fixed(label: string, ms: number): Term {
  return term(label, { lowerMs: ms, upperMs: ms });
}

/** `count` times a timer; the formula keeps the product: `4 × 100 ms adverts`. */
export function times(label: string, count: number, ms: number, atLeast = count): Term {
  return {
    lowerMs: atLeast * ms,
    upperMs: count * ms,
    text: `${count === 1 ? '' : `${count} × `}${formatMs(ms)} ${label}`,
  };
}

export interface Bound extends Range {
  readonly formula: string;
}

/** Adds terms up. Nothing takes less than no time; the upper bound is rounded up to tenths, the lower one down. */
export function sum(terms: readonly Term[]): Bound {
  const counted = terms.filter(({ lowerMs, upperMs }) => lowerMs !== 0 || upperMs !== 0);
  const total = (pick: (range: Range) => number): number => counted.reduce((sum, range) => sum + pick(range), 0);
  const shown = counted.filter(({ upperMs }) => upperMs !== 0);
  return {
    lowerMs: Math.max(0, Math.floor(total(({ lowerMs }) => lowerMs) * 10 + epsilon) / 10),
    upperMs: Math.max(0, Math.ceil(total(({ upperMs }) => upperMs) * 10 - epsilon) / 10),
    formula: shown
      .map(({ text }) => text)
      .join(' + ')
      .replaceAll('+ -', '− '),
  };
}

/** Sums of decimal fractions miss by less than this. */
const epsilon = 1e-6;
