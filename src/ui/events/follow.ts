import type { NumberedEvent } from '../watch/history.ts';
import type { WatchEvent } from '../../observe/live/model.ts';
import type { Watch } from '../watch/watch.ts';

/** journald tells its followers up to a quarter of a second late, and a connection adds its own. */
const holdMs = 800;

/** Passes a watch's events on in the order of their times: each is held back until no earlier one can come any more. */
export function inOrder(onEvents: (events: readonly WatchEvent[]) => void): {
  take(events: readonly NumberedEvent[], nowMs: number): void;
  flush(nowMs: number): void;
} {
  let held: WatchEvent[] = [];
  let flushedMs = -Infinity;
  const flush = (nowMs: number): void => {
    // What came before this machine's clock was set back would be held back for as long.
    const untilMs = nowMs < flushedMs ? Infinity : nowMs - holdMs;
    flushedMs = nowMs;
    const ready = held.filter(({ atMs }) => atMs <= untilMs);
    if (ready.length === 0) return;
    held = held.filter(({ atMs }) => atMs > untilMs);
    onEvents(ready);
  };
  return {
    take: (events, nowMs) => {
      held = [...held, ...events].toSorted((a, b) => a.atMs - b.atMs);
      flush(nowMs);
    },
    flush,
  };
}

/** Follows a watch until the signal aborts. `known` are the ids of events that were shown already. */
export async function followEvents(
  watch: Watch,
  {
    signal,
    known,
    onEvents,
  }: { signal: AbortSignal; known: ReadonlySet<string>; onEvents: (events: readonly WatchEvent[]) => void },
): Promise<void> {
  const order = inOrder(onEvents);
  const stop = watch.subscribe((_, events) =>
    order.take(
      events.filter(({ id }) => !known.has(id)),
      Date.now(),
    ),
  );
  const timer = setInterval(() => order.flush(Date.now()), 100);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  clearInterval(timer);
  stop();
  order.flush(Infinity);
}
