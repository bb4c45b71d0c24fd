import type { Clock } from '../../../src/core/clock.ts';

/** Time that passes only while everybody waits: hours of a rollout in milliseconds, the same every time. */
export interface VirtualClock extends Clock {
  /** Called before time moves, with the time that it moves to: what happens on the way. */
  onAdvance(listener: (nowMs: number) => void): void;
  /** Lets virtual time pass until the work has ended. */
  run<T>(work: Promise<T>): Promise<T>;
}

/** The simulation's machines are looked at this often while time passes. */
const stepMs = 80;

/** Longer than any rollout: work that still waits then waits for ever. */
const longestMs = 600_000;

export function virtualClock(startMs = 0): VirtualClock {
  const listeners: ((nowMs: number) => void)[] = [];
  const sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];
  const epoch = Date.UTC(2026, 0, 1);
  let nowMs = startMs;

  const advance = (toMs: number): void => {
    while (nowMs < toMs) {
      nowMs = Math.min(nowMs + stepMs, toMs);
      for (const listener of listeners) listener(nowMs);
    }
  };

  return {
    monotonicMs: () => nowMs,
    epochMs: () => epoch + nowMs,
    sleep: async (ms) => new Promise<void>((wake) => sleepers.push({ atMs: nowMs + ms, wake })),
    onAdvance: (listener) => void listeners.push(listener),
    run: async (work) => {
      let ended = false;
      const done = work.finally(() => (ended = true));
      done.catch(() => undefined);
      const limitMs = nowMs + longestMs;
      for (;;) {
        await settled();
        if (ended) return done;
        const next = sleepers.toSorted((a, b) => a.atMs - b.atMs)[0];
        if (!next) throw new Error('the work waits for something that is not time');
        if (next.atMs > limitMs) throw new Error('the work waits longer than any rollout');
        advance(next.atMs);
        for (const due of sleepers.filter(({ atMs }) => atMs <= nowMs)) {
          sleepers.splice(sleepers.indexOf(due), 1);
          due.wake();
        }
      }
    },
  };
}

/** Until nothing is left to do at this moment: promises call each other a few times over. */
async function settled(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
