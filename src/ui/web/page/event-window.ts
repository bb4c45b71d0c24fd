import type { NumberedEvent } from '../../watch/history.ts';

/** One day of a busy cluster; what is older is read from the server again when it is asked for. */
export const windowLimit = 100_000;

const fewAtOnce = 500;

/** The events of the chosen cluster that the page has, in the order of their times. Bounded. */
export interface EventWindow {
  readonly events: readonly NumberedEvent[];
  /** Takes events that are new or older; known ones are left out. True when anything was taken. */
  add(events: readonly NumberedEvent[]): boolean;
  clear(): void;
}

export function createEventWindow(limit: number = windowLimit): EventWindow {
  let events: NumberedEvent[] = [];
  let numbers = new Set<number>();

  const merge = (added: readonly NumberedEvent[]): void => {
    // A page of history is sorted in at once; what happens now is put in its place, which is nearly always the end.
    if (added.length > fewAtOnce) {
      events = [...events, ...added].toSorted((a, b) => a.atMs - b.atMs || a.number - b.number);
      return;
    }
    for (const event of added) {
      const last = events.at(-1);
      if (!last || last.atMs <= event.atMs) events.push(event);
      else events.splice(placeAfter(events, event.atMs), 0, event);
    }
  };

  return {
    get events() {
      return events;
    },
    add: (added) => {
      const fresh = added.filter(({ number }) => !numbers.has(number));
      if (fresh.length === 0) return false;
      for (const { number } of fresh) numbers.add(number);
      merge(fresh);
      if (events.length > limit + limit / 20) {
        for (const { number } of events.slice(0, events.length - limit)) numbers.delete(number);
        events = events.slice(events.length - limit);
      }
      return true;
    },
    clear: () => {
      events = [];
      numbers = new Set();
    },
  };
}

/** Place of the first event that is later than `atMs`. */
export function placeAfter(events: readonly { readonly atMs: number }[], atMs: number): number {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.atMs ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
