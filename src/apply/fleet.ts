import type { ClusterSpec } from '../cluster/spec.ts';

/** How many nodes are connected to at once: each is an ssh process here and a login there. */
export const nodesAtOnce = 20;

/**
 * Does the same for many clusters, as many at once as their nodes allow; a cluster with more nodes than that is alone.
 * @returns what came of each, in the order of the clusters
 */
export const inTurns = async <T>(
  specs: readonly ClusterSpec[],
  work: (spec: ClusterSpec) => Promise<T>,
  atOnce = nodesAtOnce,
): Promise<T[]> => {
  let free = atOnce;
  const waiting: (() => void)[] = [];
  const turn = async (needed: number): Promise<void> => {
    if (free >= needed) {
      free -= needed;
      return;
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
    await turn(needed);
  };
  return Promise.all(
    specs.map(async (spec) => {
      const needed = Math.min(spec.nodes.length, atOnce);
      await turn(needed);
      try {
        return await work(spec);
      } finally {
        free += needed;
        waiting.splice(0).forEach((wake) => wake());
      }
    }),
  );
};
