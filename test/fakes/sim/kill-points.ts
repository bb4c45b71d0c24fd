import { quick } from '../../quick.ts';

/** @returns which of the clusters that a run left when it was killed are tried, each with the number of its command */
export function tried<T>(left: readonly T[]): readonly (readonly [at: number, killed: T])[] {
  const every = quick ? Math.max(10, Math.ceil(left.length / 3)) : 1;
  // The last one is a run that had done everything.
  return [...left.entries()].filter(([at]) => at % every === 0 || at === left.length - 1);
}
