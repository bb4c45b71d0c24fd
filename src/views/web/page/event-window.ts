import type { NumberedEvent } from '../../watch/history.ts';

/** One day of a busy cluster; what is older is read from the server again when it is asked for. */
export const windowLimit = 100_000;

/** The events of the chosen cluster that the page has, in the order of their times. Bounded. */
export interface EventWindow {
  readonly events: readonly NumberedEvent[];
  /** Takes events that are new or older; known ones are left out. True when anything was taken. */
  add(events: readonly NumberedEvent[]): boolean;
  clear(): void;
}

export const createEventWindow = (limit: number = windowLimit): EventWindow => {
  let events: NumberedEvent[] = [];
  let numbers = new Set<number>();

  const merge = (added: readonly NumberedEvent[]): void => {
    const [first, last] = [added[0], events.at(-1)];
    const sorted = added.every((event, i) => i === 0 || (added[i - 1]?.atMs ?? 0) <= event.atMs);
    if (sorted && first && (!last || first.atMs >= last.atMs)) events.push(...added);
    else events = [...events, ...added].toSorted((a, b) => a.atMs - b.atMs || a.number - b.number);
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
};

/** Place of the first event that is later than `atMs`. */
export const placeAfter = (events: readonly { readonly atMs: number }[], atMs: number): number => {
  let [low, high] = [0, events.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((events[middle]?.atMs ?? 0) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
};
