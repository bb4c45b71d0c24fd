import type { ShownCluster, VipMove } from '../shown.ts';
import { placeAfter } from './event-window.ts';
import type { HolderSpan } from '../wire.ts';
import { bandsOf, handoverMs, journalSpans, lastMove, refined, watchedFrom, type Band } from './ownership.ts';
import { eventsVersion, eventWindow, nowMs, samples, selected } from './store.ts';

interface Kept {
  readonly key: string;
  readonly journals: readonly HolderSpan[];
}

const kept = new Map<string, Kept>();

/**
 * What the journals say until the watch knew better. A day has 100,000 events: they are gone through again only when there
 * are others among those that count, not whenever something happens now.
 */
function journalsOf(address: string, untilMs: number): readonly HolderSpan[] {
  const { events } = eventWindow;
  const key = `${selected.value} ${untilMs} ${placeAfter(events, untilMs)} ${events[0]?.number}`;
  const old = kept.get(address);
  if (old?.key === key) return old.journals;
  const journals = journalSpans(address, events, untilMs);
  kept.set(address, { key, journals });
  return journals;
}

/** The bands of one VIP, from everything that the page has; the last one lasts until now. */
export function bandsOfVip(address: string): readonly Band[] {
  // Read for its change alone: the events are no signal.
  void eventsVersion.value;
  const seen = samples.value?.holders[address] ?? [];
  return bandsOf(journalsOf(address, watchedFrom(seen)), seen, nowMs.value);
}

/** The last move of any VIP before a moment, by the watch and the journals. */
export function moveBefore(
  view: ShownCluster,
  atMs: number | undefined,
): (VipMove & { readonly vip: string }) | undefined {
  const moves = view.vips.flatMap(({ address, moved }) => {
    const seen = moved && (atMs === undefined || moved.atMs <= atMs) ? moved : undefined;
    const move = seen ?? lastMove(bandsOfVip(address), atMs ?? Infinity);
    if (!move) return [];
    const { events } = eventWindow;
    const near = events.slice(placeAfter(events, move.atMs - handoverMs), placeAfter(events, move.atMs + handoverMs));
    return [{ ...refined(move, address, near), vip: address }];
  });
  return moves.toSorted((a, b) => b.atMs - a.atMs)[0];
}
