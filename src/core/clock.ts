import { setTimeout as sleep } from 'node:timers/promises';

/** Time, as everything that waits sees it: a test can give one of its own. */
export interface Clock {
  /** Milliseconds on a clock that never jumps. */
  readonly monotonicMs: () => number;
  /** Milliseconds since the epoch. */
  readonly epochMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  epochMs: () => Date.now(),
  sleep: async (ms) => sleep(ms),
};
