import type { Established, Prediction, Reads } from '../cluster/disruption.ts';
import type { Timers } from '../cluster/timers.ts';
import { formatMs } from '../core/duration.ts';
import {
  coverageOf,
  impactText,
  lossText,
  predictionTable,
  rangeText,
  worstFirst,
  type PredictionsTextOptions,
} from './prediction-table.ts';
import { styles } from './styles.ts';
import { wrap } from './wrap.ts';

export { rangeText } from './prediction-table.ts';

/**
 * A table of the faults, worst first; then the timers and what they are for, and each fault with what a client loses at least
 * and at most, and the formula. Ends with a newline.
 */
export function predictionsText(
  predictions: readonly Prediction[],
  timers: Timers,
  options: PredictionsTextOptions,
): string {
  const { targetMs } = options;
  const title =
    targetMs === undefined
      ? 'Timers'
      : `Timers, solved for an outage of at most ${formatMs(targetMs)} when the VIP holder is lost`;
  const styled = styles(options.color);
  const sorted = worstFirst(predictions, (prediction) => prediction);
  return [
    predictionTable(
      sorted.map((prediction) => ({ name: prediction.disruption, prediction })),
      options,
    ),
    '',
    ...wrap(title, options.width).map(styled.bold),
    ...timerLines(timers, options.width),
    '',
    styled.bold('What a client of the VIP loses, at least and at most'),
    ...sorted.flatMap((prediction) => faultLines(prediction, options)),
    '',
  ].join('\n');
}

function timerLines({ vrrp, script, check, member }: Timers, width: number): string[] {
  const rows: readonly (readonly [string, string])[] = [
    [
      'adverts',
      `every ${formatMs(vrrp.advertIntervalMs)}; after ${vrrp.downTimerAdverts} missed ones and its skew, a backup takes over`,
    ],
    [
      'HAProxy',
      `keepalived asks the local HAProxy every ${formatMs(script.intervalMs)}${script.asks > 1 ? ` ${script.asks} times, ${formatMs(script.askEveryMs)} apart (before 2.3.2 it cannot begin more often)` : ''}, in ${times(script.tries)} of ${formatMs(script.tryTimeoutMs)}`,
    ],
    [
      'API servers',
      `HAProxy asks each every ${formatMs(check.interMs)}, every ${formatMs(check.fastInterMs)} on suspicion; out after ${check.fall} silent checks of ${formatMs(Math.min(check.interMs, check.connectMs))}, in after ${check.rise} good ones; ${formatMs(check.answerMs)} for the answer, so that an etcd election is not read as "all dead"`,
    ],
    [
      'other nodes',
      `HAProxy asks each every ${formatMs(member.interMs)}; gone after ${member.fall} silent checks of ${formatMs(Math.min(member.interMs, member.connectMs))}: a node that misses the majority gives the VIP up`,
    ],
  ];
  const column = Math.max(...rows.map(([name]) => name.length)) + 4;
  return rows.flatMap(([name, text]) =>
    wrap(text, width, { indent: column }).map((line, i) =>
      i === 0 ? `  ${name.padEnd(column - 2)}${line.trimStart()}` : line,
    ),
  );
}

function times(tries: number): string {
  return tries === 1 ? '1 try' : `${tries} tries`;
}

function faultLines(prediction: Prediction, { color, width, targetMs }: PredictionsTextOptions): string[] {
  const { bold, dim, red } = styles(color);
  const { title, formula, note, twoHoldersUpperMs } = prediction;
  const overTarget = targetMs !== undefined && coverageOf(prediction, targetMs) === 'over';
  const figures = `${lossText(prediction)}, ${impactText(prediction)}`;
  const notes = [
    ...(overTarget ? [overTargetText(prediction, targetMs)] : []),
    ...(prediction.reads ? [readsText(prediction.reads)] : []),
    ...(prediction.established ? [establishedText(prediction.established)] : []),
    ...(twoHoldersUpperMs > noticeableMs ? [twoHoldersText(twoHoldersUpperMs)] : []),
    ...(note === undefined ? [] : [note]),
  ];
  return [
    '',
    ...wrap(title, width, { indent: 2 }).map(bold),
    ...wrap(figures, width, { indent: 4 }).map(overTarget ? red : (line) => line),
    ...wrap(`= ${formula}`, width, { indent: 4 }).map(dim),
    ...notes.flatMap((text) => wrap(text, width, { indent: 4 })),
  ];
}

function overTargetText({ disruption }: Prediction, targetMs: number): string {
  const over = `May take longer than the target of ${formatMs(targetMs)}`;
  return disruption === 'haproxy-hung'
    ? `${over}: a hang is found by keepalived's check, not by missing adverts.`
    : `${over}.`;
}

function readsText(reads: Reads): string {
  return `Reads that need etcd: ${rangeText(reads)} = ${reads.formula}.`;
}

/** What becomes of established connections, in one sentence. */
function establishedText({ become, knowUpperMs }: Established): string {
  if (become === 'kept') return 'Established connections go on through the node that had the VIP.';
  if (become === 'reset') return 'Established connections are reset at once.';
  const told =
    become === 'silent'
      ? `idle clients learn of it by their own pings: in client-go after up to ${formatMs(knowUpperMs)}`
      : `clients are told${Number.isFinite(knowUpperMs) ? `, within ${formatMs(knowUpperMs)} of the fault` : ' when the VIP has moved'}`;
  return `Established connections end; ${told}.`;
}

function twoHoldersText(ms: number): string {
  return ms === Number.POSITIVE_INFINITY
    ? 'Two nodes hold the VIP until then.'
    : `Two nodes hold the VIP for up to ${formatMs(ms)} of it.`;
}

/** Two nodes that change places, or take over together, agree within milliseconds, before a client can tell. */
const noticeableMs = 100;
