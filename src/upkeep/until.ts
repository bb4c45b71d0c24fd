import type { Rollout } from '../act/rollout/step.ts';
import type { Clock } from '../core/clock.ts';

/** etcd elects, and the kubelet starts what has a manifest again. */
const startsMs = 180_000;

const everyMs = 500;

/**
 * Waits for what is true of nodes, and tells of it.
 * @param missing names of nodes where it is not true yet
 * @returns a sentence that says where it did not come true in time; none where it did
 */
export async function until(
  { onEvent }: Pick<Rollout, 'onEvent'>,
  clock: Clock,
  what: string,
  missing: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const beganMs = clock.monotonicMs();
  for (;;) {
    const names = await missing();
    const tookMs = clock.monotonicMs() - beganMs;
    if (names.length === 0) {
      onEvent({ node: 'cluster', what, kind: 'gate-passed', tookMs });
      return [];
    }
    const where = [...new Set(names)].join(', ');
    if (tookMs > startsMs) {
      onEvent({ node: 'cluster', what, kind: 'gate-failed', tookMs, detail: where });
      return [`not true within ${startsMs / 1000} s: ${what}; not so: ${where}`];
    }
    await clock.sleep(everyMs);
  }
}
