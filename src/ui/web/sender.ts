import type { NumberedEvent } from '../watch/history.ts';
import type { Watch } from '../watch/watch.ts';
import { createSampleMemory, type SampleMemory } from './samples.ts';
import { shownCluster, type CommandNames, type Diagnose, type ShownCluster } from './shown.ts';
import type { Change } from './wire.ts';

/** Turns what the watches tell into messages for every page that listens; each is made once, however many listen. */
export interface Sender {
  readonly watches: readonly Watch[];
  readonly samples: readonly SampleMemory[];
  /** Every cluster as it is now. */
  shown(): readonly ShownCluster[];
  /** Called with a `Change` as JSON. */
  subscribe(listener: (data: string) => void): () => void;
  close(): void;
}

/** What happened is told at once; figures that only flow are told twice a second. */
const eventMs = 20;
const flowMs = 500;

/** More events than these in one message: those before are read page by page. */
const eventsInMessage = 500;

export function createSender(
  watches: readonly Watch[],
  judged?: Diagnose,
  namesOf: (watch: Watch) => CommandNames | undefined = () => undefined,
): Sender {
  const shownOf = (watch: Watch): ShownCluster => shownCluster(watch.spec, watch.state(), judged, namesOf(watch));
  const listeners = new Set<(data: string) => void>();
  const samples = watches.map((watch) => {
    const memory = createSampleMemory();
    memory.add(shownOf(watch));
    return memory;
  });
  const stops = watches.map((watch, place) => {
    let waiting: NumberedEvent[] = [];
    let due: { timer: NodeJS.Timeout; atMs: number } | undefined;
    const send = (): void => {
      due = undefined;
      const view = shownOf(watch);
      samples[place]?.add(view);
      const events = waiting.slice(-eventsInMessage);
      waiting = [];
      if (listeners.size === 0) return;
      const change: Change = { place, view, events };
      const data = JSON.stringify(change);
      for (const listener of listeners) listener(data);
    };
    const stop = watch.subscribe((_, events) => {
      waiting.push(...events);
      const atMs = Date.now() + (events.length > 0 ? eventMs : flowMs);
      if (due && due.atMs <= atMs) return;
      if (due) clearTimeout(due.timer);
      due = { timer: setTimeout(send, atMs - Date.now()), atMs };
    });
    return () => {
      stop();
      if (due) clearTimeout(due.timer);
    };
  });
  return {
    watches,
    samples,
    shown: () => watches.map(shownOf),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => {
      listeners.clear();
      for (const stop of stops) stop();
    },
  };
}
