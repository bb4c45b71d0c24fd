import { formatMs } from '../../core/duration.ts';
import { judgedBy } from '../drill/drill.ts';
import type { DrillResult } from '../../drill/result.ts';

/** What was lost, and how much might have been: `62 ms of 129 ms allowed`. */
export function allowedText(result: Pick<DrillResult, 'lostMs' | 'prediction' | 'usable'>): string {
  const { lostMs } = result;
  const { upperMs } = judgedBy(result);
  return Number.isFinite(upperMs)
    ? `${formatMs(lostMs)} of ${formatMs(upperMs)} allowed`
    : `${formatMs(lostMs)}; allowed until it is healed`;
}

/**
 * The loss as a bar of what was allowed: the room that the prediction leaves, with marks where it begins and ends. Its length
 * is that of the allowed time, or of the loss where that is longer.
 */
export function allowedBar(result: DrillResult): string {
  const { lostMs, verdict } = result;
  const { lowerMs, upperMs } = judgedBy(result);
  const fullMs = Number.isFinite(upperMs) ? Math.max(upperMs, lostMs) * 1.02 : Math.max(lostMs, 1);
  const share = (ms: number): string => `${Math.min(100, fullMs > 0 ? (ms / fullMs) * 100 : 0).toFixed(1)}%`;
  const limited = Number.isFinite(upperMs) && upperMs > 0;
  return `<div class="bar" role="img" aria-label="${allowedText(result)}">${limited ? `<div class="room" style="width:${share(upperMs)}"></div>` : ''}<div class="lost${verdict === 'above' ? ' above' : ''}" style="width:${share(lostMs)}"></div>${limited && lowerMs > 0 ? `<div class="least" style="left:${share(lowerMs)}"></div>` : ''}${limited ? `<div class="limit" style="left:${share(upperMs)}"></div>` : ''}</div>`;
}

/** The bar with its figure and what its ends are. */
export function allowedBlock(result: DrillResult): string {
  const { lowerMs, upperMs } = judgedBy(result);
  const ends = !Number.isFinite(upperMs)
    ? ['0 ms', 'no bound: lasts until it is healed']
    : upperMs === 0
      ? ['0 ms', 'nothing may be lost']
      : [
          '0 ms',
          `${lowerMs > 0 ? `grey mark: at least ${formatMs(lowerMs)} predicted · ` : ''}dark mark: at most ${formatMs(upperMs)}`,
        ];
  return `<div class="allowed"><div class="figure">${allowedText(result)}</div>${allowedBar(result)}<div class="ends">${ends.map((text) => `<span>${text}</span>`).join('')}</div></div>`;
}
