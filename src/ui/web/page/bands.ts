import type { ShownCluster, VipMove } from '../shown.ts';
import { placeAfter } from './event-window.ts';
import { bandsOf, handoverMs, lastMove, refined, type Band } from './ownership.ts';
import { eventsVersion, eventWindow, nowMs, samples } from './store.ts';

const kept = new Map<string, { readonly key: string; readonly seen: unknown; readonly bands: readonly Band[] }>();

/** The bands of one VIP, from everything that the page has; the last one lasts until now. */
export function bandsOfVip(address: string): readonly Band[] {
  const seen = samples.value?.holders[address] ?? [];
  // A day has 100,000 events: they are gone through when there are others, not whenever something is drawn.
  const key = `${eventsVersion.value}`;
  const old = kept.get(address);
  const bands =
    old && old.key === key && old.seen === seen ? old.bands : bandsOf(address, eventWindow.events, seen, Infinity);
  if (bands !== old?.bands) kept.set(address, { key, seen, bands });
  return bands.map((band) => (band.toMs === Infinity ? { ...band, toMs: Math.max(band.fromMs, nowMs.value) } : band));
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
