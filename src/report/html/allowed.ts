import type { Writes } from '../../cluster/disruption.ts';
import { formatMs } from '../../core/duration.ts';
import type { DrillResult } from '../../drill/result.ts';
import { judgedBy, writesText } from '../drill/loss.ts';

type Loss = Pick<DrillResult, 'lostMs' | 'prediction' | 'writes' | 'usable'>;

/** What was lost, and how much might have been: `62 ms of 129 ms allowed`, `writes failed for 14.2 s`. */
export function allowedText(result: Loss): string {
  const { lostMs } = result;
  const { upperMs } = judgedBy(result);
  const writes = writesText(result);
  const connections = !Number.isFinite(upperMs)
    ? `${formatMs(lostMs)}; allowed until it is healed`
    : writes !== undefined && upperMs === 0
      ? `new connections lost ${formatMs(lostMs)}`
      : `${formatMs(lostMs)} of ${formatMs(upperMs)} allowed`;
  return writes === undefined ? connections : `${writes}; ${connections}`;
}

/** What the bar measures: the time without service, or without writes where those are all that fails. */
function barOf(result: Loss): { readonly ms: number; readonly lowerMs: number; readonly upperMs: number } {
  const { lostMs, writes } = result;
  const { writes: failing, lowerMs, upperMs } = judgedBy(result);
  return failing !== undefined && upperMs === 0
    ? { ms: Math.max(lostMs, writes?.stallMs ?? 0), lowerMs, upperMs: Number.POSITIVE_INFINITY }
    : { ms: lostMs, lowerMs, upperMs };
}

/**
 * The loss as a bar of what was allowed: the room that the prediction leaves, with marks where it begins and ends. Its length
 * is that of the allowed time, or of the loss where that is longer.
 */
export function allowedBar(result: DrillResult): string {
  const { ms, lowerMs, upperMs } = barOf(result);
  const fullMs = Number.isFinite(upperMs) ? Math.max(upperMs, ms) * 1.02 : Math.max(ms, 1);
  const share = (of: number): string => `${Math.min(100, fullMs > 0 ? (of / fullMs) * 100 : 0).toFixed(1)}%`;
  const limited = Number.isFinite(upperMs) && upperMs > 0;
  return `<div class="bar" role="img" aria-label="${allowedText(result)}">${limited ? `<div class="room" style="width:${share(upperMs)}"></div>` : ''}<div class="lost${result.verdict === 'above' ? ' above' : ''}" style="width:${share(ms)}"></div>${limited && lowerMs > 0 ? `<div class="least" style="left:${share(lowerMs)}"></div>` : ''}${limited ? `<div class="limit" style="left:${share(upperMs)}"></div>` : ''}</div>`;
}

/** The bar with its figure and what its ends are. */
export function allowedBlock(result: DrillResult): string {
  const { lowerMs, upperMs, writes } = judgedBy(result);
  const figure = allowedText(result);
  const end = !Number.isFinite(upperMs)
    ? 'no bound: lasts until it is healed'
    : upperMs > 0
      ? `${lowerMs > 0 ? `grey mark: at least ${formatMs(lowerMs)} predicted · ` : ''}dark mark: at most ${formatMs(upperMs)}`
      : writes === undefined
        ? 'nothing may be lost'
        : endOfWrites[writes];
  return `<div class="allowed"><div class="figure">${figure.slice(0, 1).toUpperCase()}${figure.slice(1)}</div>${allowedBar(result)}<div class="ends"><span>0 ms</span><span>${end}</span></div></div>`;
}

const endOfWrites: Readonly<Record<Writes, string>> = {
  fail: 'writes: no bound, until etcd has a majority again',
  wait: 'writes: no bound, until etcd has a leader again',
  'some-fail': 'writes: no bound, until the member is back',
};
