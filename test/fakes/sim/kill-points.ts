/** 1: each. `./bin/test quick` takes every fifth; `./bin/test` takes each. */
const every = Number(process.env['K8S_HA_KILL_POINTS_EVERY'] ?? 1);

/** @returns which of the clusters that a run left when it was killed are tried, each with the number of its command */
export function tried<T>(left: readonly T[]): readonly (readonly [at: number, killed: T])[] {
  // The last one is a run that had done everything.
  return [...left.entries()].filter(([at]) => at % every === 0 || at === left.length - 1);
}
