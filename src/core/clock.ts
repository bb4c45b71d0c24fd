import { setTimeout as sleep } from 'node:timers/promises';

/** Time, as everything that waits sees it: a test can give one of its own. */
export interface Clock {
  /** Milliseconds on a clock that never jumps. */
  readonly monotonicMs: () => number;
  /** Milliseconds since the epoch. */
  readonly epochMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** When something began, by the wall clock, and when it is over: later by as long as it took, also where that clock was set meanwhile. */
export function sinceNow(): { readonly beganMs: number; readonly nowMs: () => number } {
  const beganMs = Date.now();
  const beganUpMs = performance.now();
  return { beganMs, nowMs: () => beganMs + performance.now() - beganUpMs };
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  epochMs: () => Date.now(),
  sleep: async (ms) => sleep(ms),
};
