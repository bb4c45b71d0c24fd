import { formatMs } from '../../core/duration.ts';
import type { LeaseMove } from '../../drill/measure/leases.ts';
import { parts, type Part, type Usable } from '../../drill/measure/usable.ts';
import { lostMs, verdictOf } from '../../drill/verdict.ts';
import { lateBeforeText, wasRepeated, type DrillResult } from '../../drill/result.ts';
import { table } from '../table.ts';
import { wrap } from '../wrap.ts';
import { lostText, predictedText } from './loss.ts';

export const verdictText = {
  within: 'within the prediction',
  above: 'LONGER than predicted',
  below: 'shorter than predicted',
  invalid: 'INVALID: the prober was late',
} as const;

/** The verdict of one of the results, and whether another attempt counts in its place. */
export function verdictOfAttempt(results: readonly DrillResult[], index: number): string {
  const result = results[index];
  if (!result) return '';
  const attempt = result.attempt > 1 ? ` (attempt ${result.attempt})` : '';
  return `${verdictText[result.verdict]}${attempt}${wasRepeated(results, index) ? '; measured again' : ''}`;
}

function perhaps<T>(value: T | undefined, show: (value: T) => string): string {
  return value === undefined ? '–' : show(value);
}

const columns = [
  'FAULT',
  'BROKEN',
  'LOST BY A CLIENT',
  'PREDICTED',
  'NO GOOD ANSWER',
  'FAILED',
  'BLAME',
  'CONNECTIONS',
  'SLOW',
  'KEPT',
  'WATCH BACK',
  'WRITES LOST',
  'VERDICT',
] as const;

/**
 * What each fault cost next to what was predicted: a table, or a paragraph for each where the table is wider than `width`
 * columns.
 */
export function drillText(results: readonly DrillResult[], width = Number.POSITIVE_INFINITY): string {
  const rows = results.map((result, index) => [
    result.fault,
    result.nodes.join(', '),
    lostText(result, `${formatMs(result.lostMs)} ± ${formatMs((result.usable?.outage ?? result.outage).resolutionMs)}`),
    predictedText(result),
    perhaps(result.usable, ({ withoutGoodMs }) => formatMs(withoutGoodMs)),
    perhaps(result.usable, failedText),
    perhaps(result.usable, blameText),
    `${result.outage.failed} of ${result.outage.probes}`,
    String(result.outage.slow),
    perhaps(result.requests, ({ failed, sent }) => `${failed} of ${sent}`),
    perhaps(result.watch, ({ cuts, reconnectMs, open }) =>
      cuts === 0 ? 'not cut' : open ? formatMs(reconnectMs) : 'not yet',
    ),
    perhaps(result.writes, ({ lost, acknowledged }) => `${lost} of ${acknowledged}`),
    verdictOfAttempt(results, index),
  ]);
  const wide = table(columns, rows);
  const fits = wide.split('\n').every((line) => line.length <= width);
  return [
    fits ? wide : rows.map((row) => paragraph(row, width)).join('\n'),
    '',
    ...[
      lostIs(results),
      'Connections: new ones that failed, whatever they were for. Slow: served, but late, most often because a lost packet was sent again. Kept: requests on kept connections that failed.',
      ...results.flatMap(remarks),
    ].flatMap((line) => wrap(line, width)),
    ...leaseTable(results),
  ].join('\n');
}

/** A row of the table, with the names of its columns in words. */
function paragraph(row: readonly string[], width: number): string {
  const [fault, broken, lost, predicted, noGood, failedReads, blame, failed, slow, kept, watch, writes, verdict] = row;
  const lines = [
    ['lost', `${lost}; predicted ${predicted}`],
    ['no answer', noGood === '–' ? '–' : `no good one for ${noGood}, ${failedReads} of the reads failed (${blame})`],
    ['connections', `${failed} failed, ${slow} slow; kept ones: ${kept} requests failed`],
    ['watch back', watch],
    ['writes lost', writes],
  ];
  return [
    ...wrap(`${fault} on ${broken}: ${verdict}`, width),
    ...lines
      .filter(([, text]) => text !== '–')
      .flatMap(([name = '', text = '']) =>
        wrap(text, width, { indent: 15 }).map((line, i) =>
          i === 0 ? `  ${name.padEnd(13)}${line.trimStart()}` : line,
        ),
      ),
  ].join('\n');
}

/** What `lost` means in these results. */
export function lostIs(results: readonly DrillResult[]): string {
  return results.some(({ usable }) => usable)
    ? 'Lost: the longest time in which no new connection got a prompt answer to a read that needs etcd (partial: from the first bad one to the last; etcd: and how long writes failed or waited). Failed: such reads that failed, from the injection to the healing. Blame: where most of the bad ones were lost.'
    : 'Lost: the longest time in which no new connection was served promptly (partial: from the first bad one to the last; etcd: and how long writes failed or waited).';
}

export function failedText({ failedShare }: Usable): string {
  return `${(failedShare * 100).toFixed(failedShare > 0 && failedShare < 0.0995 ? 1 : 0)} %`;
}

const partText: Readonly<Record<Part, string>> = {
  address: 'address',
  proxy: 'HAProxy',
  'api-server': 'API server',
  etcd: 'etcd',
};

/** `address 36, etcd 80`: the bad requests by where they were lost, most first. */
export function blameText({ blame }: Usable): string {
  const blamed = parts
    .flatMap((part) => (blame[part] === undefined ? [] : [{ part, count: blame[part] }]))
    .toSorted((a, b) => b.count - a.count);
  return blamed.length === 0 ? 'nobody' : blamed.map(({ part, count }) => `${partText[part]} ${count}`).join(', ');
}

/** Where the work of Kubernetes' leaders went: a row for each lease that changed hands. */
function leaseTable(results: readonly DrillResult[]): readonly string[] {
  const rows = results.flatMap(({ fault, leases }) => leases.map((move) => [fault, ...leaseCells(move)]));
  return rows.length === 0 ? [] : ['', table(['FAULT', 'LEASE', 'FROM', 'TO', 'TAKEN OVER AFTER', 'AT MOST'], rows)];
}

export function leaseCells({ name, from, to, tookMs, boundMs }: LeaseMove): readonly string[] {
  return [
    name,
    from.replace(/_.*/, ''),
    to === '' ? 'NOBODY' : to.replace(/_.*/, ''),
    perhaps(tookMs, (ms) => (ms > boundMs ? `${formatMs(ms)}: TOO LATE` : formatMs(ms))),
    formatMs(boundMs),
  ];
}

/** What else the operator must know of one drill. */
export function remarks(result: DrillResult): readonly string[] {
  const { fault, holders, prediction, afterHeal, gates, outage, healedBy, writesNote, writes } = result;
  const say = (text: string): string => `${fault}: ${text}`;
  return [
    ...(outage.invalidReason === undefined ? [] : [say(outage.invalidReason)]),
    ...(result.verdict === 'invalid' && result.lateBefore ? [say(lateBeforeText(result.lateBefore))] : []),
    ...(result.usable && verdictOf(outage, prediction, 1000 / result.ratePerSecond) === 'above'
      ? [
          say(
            `connections were lost for ${formatMs(lostMs(outage, prediction.impact))}, predicted at most ${formatMs(prediction.upperMs)}`,
          ),
        ]
      : []),
    ...(result.twoHoldersVerdict === 'above'
      ? [say(`TWO HOLDERS for ${formatMs(holders.twoMs)}, predicted at most ${formatMs(prediction.twoHoldersUpperMs)}`)]
      : holders.twoMs > 100
        ? [
            say(
              `two holders for ${formatMs(holders.twoMs)}, as predicted (at most ${formatMs(prediction.twoHoldersUpperMs)})`,
            ),
          ]
        : []),
    ...Object.entries(holders.unknown).map(([node, reason]) => say(`what ${node} held is unknown: ${reason}`)),
    ...(afterHeal.failed > 0
      ? [say(`${afterHeal.failed} of ${afterHeal.probes} connections failed while it healed`)]
      : []),
    ...((writes?.lost ?? 0) > 0 ? [say(`${writes?.lost} ACKNOWLEDGED WRITES ARE LOST`)] : []),
    ...(writes?.auditFailure === undefined ? [] : [say(writes.auditFailure)]),
    ...(writesNote === undefined ? [] : [say(`writes and watch were not measured: ${writesNote}`)]),
    ...(healedBy === 'timer' ? [say("healed by the node's own timer")] : []),
    ...gates
      .filter(({ passed }) => !passed)
      .map(({ sentence, lastError }) => say(`NOT HEALED: ${sentence}: ${lastError ?? ''}`)),
  ];
}
