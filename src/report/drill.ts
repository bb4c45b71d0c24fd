import { formatMs } from '../core/duration.ts';
import type { DrillResult } from '../drill/drill.ts';
import { table } from './table.ts';

const bounds = ({ prediction: { lowerMs, upperMs } }: DrillResult): string =>
  Number.isFinite(upperMs) ? `${formatMs(lowerMs)} – ${formatMs(upperMs)}` : 'until it returns';

const verdicts = {
  within: 'within the prediction',
  above: 'LONGER than predicted',
  below: 'shorter than predicted',
  invalid: 'INVALID: the prober was late',
} as const;

/** What each fault cost next to what was predicted. */
export const drillText = (results: readonly DrillResult[]): string =>
  [
    table(
      ['FAULT', 'BROKEN', 'LOST BY A CLIENT', 'PREDICTED', 'FAILED', 'SLOW', 'P99', 'VERDICT'],
      results.map((result) => [
        result.fault,
        result.node,
        `${formatMs(result.outage.outageMs)} ± ${formatMs(result.outage.resolutionMs)}`,
        bounds(result),
        `${result.outage.failed} of ${result.outage.probes}`,
        String(result.outage.slow),
        result.outage.p99Ms === undefined ? '–' : formatMs(result.outage.p99Ms),
        verdicts[result.verdict],
      ]),
    ),
    '',
    'Lost: the longest time in which no new connection was served promptly. Slow: served, but after a lost packet was sent again.',
    ...results.flatMap(({ fault, afterHeal, holdersAfter, gates }) => [
      ...(afterHeal.failed > 0
        ? [`${fault}: ${afterHeal.failed} of ${afterHeal.probes} requests failed while it healed`]
        : []),
      ...(holdersAfter.length === 1 ? [] : [`${fault}: the VIP has ${holdersAfter.length} holders afterwards`]),
      ...gates
        .filter(({ passed }) => !passed)
        .map(({ sentence, lastError }) => `${fault}: NOT HEALED: ${sentence}: ${lastError}`),
    ]),
  ].join('\n');
