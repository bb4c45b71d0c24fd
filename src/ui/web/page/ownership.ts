import type { WatchEvent } from '../../../observe/live/model.ts';
import type { VipMove } from '../shown.ts';
import type { HolderSpan } from '../wire.ts';

/** Who held an address from a moment to another. */
export interface Band extends HolderSpan {
  readonly toMs: number;
}

type Told = Pick<WatchEvent, 'atMs' | 'errorMs' | 'node' | 'kind' | 'tone' | 'vrrp'>;

/**
 * Who held a VIP, oldest first: what the watch saw and, before it began, what the journals say. A node that stopped answering
 * may hold it or not: nobody knows from then on.
 */
export function bandsOf(
  vip: string,
  events: readonly Told[],
  seen: readonly HolderSpan[],
  nowMs: number,
): readonly Band[] {
  // The beginning of a watch, when nobody has answered yet, says nothing that the journals do not say better.
  const first = seen.findIndex(({ known }) => known);
  const observed = first < 0 ? [] : seen.slice(first);
  const spans = [...fromJournals(vip, events, observed[0]?.fromMs ?? Infinity), ...observed];
  return spans
    .map((span, i) => ({ ...span, toMs: spans[i + 1]?.fromMs ?? nowMs }))
    .filter(({ fromMs, toMs }) => toMs > fromMs);
}

function fromJournals(vip: string, events: readonly Told[], untilMs: number): readonly HolderSpan[] {
  const holders = new Set<string>();
  const spans: HolderSpan[] = [];
  for (const { atMs, node, kind, tone, vrrp } of events) {
    if (atMs >= untilMs) break;
    if (node === undefined) continue;
    if (vrrp?.vip === vip && vrrp.state === 'MASTER') holders.add(node);
    else if (vrrp?.vip === vip || (kind === 'node' && tone === 'bad')) {
      if (!holders.delete(node)) continue;
    } else continue;
    spans.push({ fromMs: atMs, holders: [...holders], known: holders.size > 0 });
  }
  return spans;
}

/** Who held the VIP at a moment; undefined where nobody knows. */
export function bandAt(bands: readonly Band[], atMs: number): Band | undefined {
  return bands.findLast(({ fromMs }) => fromMs <= atMs);
}

/** The last time that the VIP went from one node to another, by its bands, before a moment. */
export function lastMove(bands: readonly Band[], untilMs: number): VipMove | undefined {
  const single = bands.filter(({ fromMs, holders }) => fromMs <= untilMs && holders.length === 1);
  const place = single.findLastIndex(({ holders }, i) => i > 0 && holders[0] !== single[i - 1]?.holders[0]);
  const [from, to] = [single[place - 1], single[place]];
  const name = to?.holders[0];
  if (!from || !to || name === undefined) return undefined;
  return { from: from.holders, to: name, atMs: to.fromMs, lostMs: undefined };
}

/** One node's goodbye and the next one's hello belong together when they are no further apart, in milliseconds. */
export const handoverMs = 5000;

/** A move by the journals' own times, which are finer than what is asked once a second; as it is where they do not tell. */
export function refined(move: VipMove, vip: string, events: readonly Told[]): VipMove {
  const near = events.filter((event) => event.vrrp?.vip === vip && Math.abs(event.atMs - move.atMs) < handoverMs);
  const enter = near.findLast(({ node, vrrp }) => node === move.to && vrrp?.state === 'MASTER');
  if (!enter) return move;
  const leave = near.findLast(({ node, vrrp }) => move.from.includes(node ?? '') && vrrp?.state !== 'MASTER');
  const lostMs = leave ? Math.max(0, enter.atMs - leave.atMs) + enter.errorMs + leave.errorMs : move.lostMs;
  return { ...move, atMs: enter.atMs, lostMs };
}
