import type { WatchEvent } from '../../../observe/live/model.ts';
import type { VipMove } from '../shown.ts';
import type { HolderSpan } from '../wire.ts';

/** Who held an address from a moment to another. */
export interface Band extends HolderSpan {
  readonly toMs: number;
}

type Told = Pick<WatchEvent, 'atMs' | 'errorMs' | 'node' | 'kind' | 'tone' | 'vrrp'>;

/** When the watch first knew who held the VIP: what was before is told by the journals alone. */
export function watchedFrom(seen: readonly HolderSpan[]): number {
  return seen.find(({ known }) => known)?.fromMs ?? Infinity;
}

/** Who held a VIP, oldest first: before the watch knew it, by the journals; then as it was seen. */
export function bandsOf(journals: readonly HolderSpan[], seen: readonly HolderSpan[], nowMs: number): readonly Band[] {
  const fromMs = watchedFrom(seen);
  const told = [...journals.filter((span) => span.fromMs < fromMs), ...seen.filter((span) => span.fromMs >= fromMs)];
  // Where the watch sees what the journals said last, it is the same spell.
  const spans = told.filter((span, i) => i === 0 || !sameHolders(span, told[i - 1]));
  return spans
    .map((span, i) => ({ ...span, toMs: spans[i + 1]?.fromMs ?? nowMs }))
    .filter((band) => band.toMs > band.fromMs);
}

function sameHolders(a: HolderSpan, b: HolderSpan | undefined): boolean {
  return b?.known === a.known && a.holders.toSorted().join('\n') === b.holders.toSorted().join('\n');
}

/**
 * Who held a VIP until a moment, by the transitions that the journals tell. A node that stopped answering may hold it or not:
 * nobody knows from then on. One that never said goodbye before another one began is taken to have been lost: two holders at
 * once are what the journals of both say, or what the watch sees.
 */
export function journalSpans(vip: string, events: readonly Told[], untilMs: number): readonly HolderSpan[] {
  const terms: Term[] = [];
  for (const { atMs, node, kind, tone, vrrp } of events) {
    if (atMs >= untilMs) break;
    if (node === undefined) continue;
    const open = terms.findLast((term) => term.node === node);
    if (vrrp?.vip === vip && vrrp.state === 'MASTER') terms.push({ node, fromMs: atMs, toMs: Infinity, said: false });
    else if (open && vrrp?.vip === vip && !open.said) Object.assign(open, { toMs: atMs, said: true });
    else if (open && kind === 'node' && tone === 'bad' && !open.said) open.toMs = Math.min(open.toMs, atMs);
  }
  terms.forEach((term, i) => {
    if (!term.said) term.toMs = Math.min(term.toMs, terms[i + 1]?.fromMs ?? Infinity);
  });
  const edges = [...new Set(terms.flatMap(({ fromMs, toMs }) => [fromMs, toMs]))].toSorted((x, y) => x - y);
  return edges
    .filter((edge) => edge < untilMs)
    .map((fromMs) => {
      const holders = terms.filter((term) => term.fromMs <= fromMs && fromMs < term.toMs).map(({ node }) => node);
      return { fromMs, holders: [...new Set(holders)], known: holders.length > 0 };
    });
}

/** One node's time as MASTER, and whether it said itself that it ended. */
interface Term {
  readonly node: string;
  readonly fromMs: number;
  toMs: number;
  said: boolean;
}

/** Who held the VIP at a moment; undefined where nobody knows. */
export function bandAt(bands: readonly Band[], atMs: number): Band | undefined {
  return bands.findLast(({ fromMs }) => fromMs <= atMs);
}

/** The last time that the VIP went from one node to another, by its bands, before a moment. */
export function lastMove(bands: readonly Band[], untilMs: number): VipMove | undefined {
  const single = bands.filter(
    ({ fromMs, holders }, i) => fromMs <= untilMs && holders.length === 1 && !isSplit(bands[i + 1]),
  );
  const place = single.findLastIndex(({ holders }, i) => i > 0 && holders[0] !== single[i - 1]?.holders[0]);
  const [from, to] = [single[place - 1], single[place]];
  const name = to?.holders[0];
  if (!from || !to || name === undefined) return undefined;
  return { from: from.holders, to: name, atMs: to.fromMs, lostMs: undefined };
}

/** What looked like a move before it was not one: both held it. */
function isSplit(next: Band | undefined): boolean {
  return (next?.holders.length ?? 0) > 1;
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
