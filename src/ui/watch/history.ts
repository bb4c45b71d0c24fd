import type { WatchEvent } from '../../observe/live/model.ts';

/** A bounded memory of events, in the order of their times; each also has a number that grows in the order of arrival. */
export interface History {
  /** Takes events in; those that are known already, and those older than all that is kept of a full memory, are left out. */
  add(events: readonly WatchEvent[]): readonly NumberedEvent[];
  /** At most `limit` events up to and including `atMs`, oldest first. */
  before(atMs: number, limit: number): readonly NumberedEvent[];
  readonly size: number;
}

export interface NumberedEvent extends WatchEvent {
  readonly number: number;
}

/** One day of a cluster that has more than one event a second. */
export const historyLimit = 100_000;

export function createHistory(limit: number = historyLimit): History {
  let events: NumberedEvent[] = [];
  const ids = new Set<string>();
  let number = 0;

  /** Place of the first event that is later. */
  const placeAfter = (atMs: number): number => {
    let [low, high] = [0, events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((events[middle]?.atMs ?? 0) <= atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  return {
    add: (added) => {
      const fresh: NumberedEvent[] = [];
      for (const event of added) {
        if (ids.has(event.id)) continue;
        ids.add(event.id);
        const numbered = { ...event, number: ++number };
        fresh.push(numbered);
        const place = placeAfter(event.atMs);
        if (place === events.length) events.push(numbered);
        else events.splice(place, 0, numbered);
      }
      // Cut seldom and in one go: a cut at every event would copy the whole memory each time.
      if (events.length > limit + limit / 10) {
        for (const { id } of events.slice(0, events.length - limit)) ids.delete(id);
        events = events.slice(events.length - limit);
      }
      return fresh;
    },
    before: (atMs, count) => {
      const end = placeAfter(atMs);
      return events.slice(Math.max(0, end - count), end);
    },
    get size() {
      return events.length;
    },
  };
}
