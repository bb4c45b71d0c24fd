import type { Impact, Prediction } from '../cluster/disruption.ts';
import type { Timers } from '../cluster/timers.ts';
import { formatMs } from '../core/duration.ts';

export interface PredictionsTextOptions {
  readonly color: boolean;
  readonly width: number;
  /** The outage that the operator accepts: faults that may take longer are marked. */
  readonly targetMs?: number;
}

/** The timers and what they are for, then each fault: what a client loses at least and at most, and the formula. Ends with a newline. */
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
  return [
    ...wrap(title, options.width, '').map(styled.bold),
    ...timerLines(timers, options.width),
    '',
    styled.bold('What a client of the VIP loses, at least and at most'),
    ...predictions.flatMap((prediction) => faultLines(prediction, options)),
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
    wrap(text, width, ' '.repeat(column)).map((line, i) =>
      i === 0 ? `  ${name.padEnd(column - 2)}${line.trimStart()}` : line,
    ),
  );
}

function times(tries: number): string {
  return tries === 1 ? '1 try' : `${tries} tries`;
}

function faultLines(prediction: Prediction, { color, width, targetMs }: PredictionsTextOptions): string[] {
  const { bold, dim, red } = styles(color);
  const { title, impact, formula, note, upperMs, twoHoldersUpperMs } = prediction;
  const overTarget = targetMs !== undefined && impact === 'outage' && upperMs > targetMs;
  const figures = `${rangeText(prediction)}, ${impactText[impact]}`;
  const notes = [
    ...(overTarget ? [overTargetText(prediction, targetMs)] : []),
    ...(twoHoldersUpperMs > noticeableMs ? [twoHoldersText(twoHoldersUpperMs)] : []),
    ...(note === undefined ? [] : [note]),
  ];
  return [
    '',
    ...wrap(title, width, '  ').map(bold),
    ...wrap(figures, width, '    ').map(overTarget ? red : (line) => line),
    ...wrap(`= ${formula}`, width, '    ').map(dim),
    ...notes.flatMap((text) => wrap(text, width, '    ')),
  ];
}

/** `286–449 ms`; one unit where both have the same. */
export function rangeText({ lowerMs, upperMs }: Pick<Prediction, 'lowerMs' | 'upperMs'>): string {
  if (upperMs === Number.POSITIVE_INFINITY) return 'no upper bound';
  if (upperMs === 0) return '0 ms';
  const [lower, upper] = [formatMs(lowerMs), formatMs(upperMs)];
  const unit = / \w+$/.exec(upper)?.[0] ?? '';
  return lowerMs === 0
    ? `up to ${upper}`
    : `${lower.endsWith(unit) && !lower.includes('min') ? lower.slice(0, -unit.length) : lower}–${upper}`;
}

const impactText: Readonly<Record<Impact, string>> = {
  outage: 'no new connection is served',
  partial: 'a share of new connections waits or fails',
  'in-flight': 'requests in flight on it fail',
  none: 'clients notice nothing',
};

function overTargetText({ disruption }: Prediction, targetMs: number): string {
  const over = `May take longer than the target of ${formatMs(targetMs)}`;
  return disruption === 'haproxy-hung'
    ? `${over}: a hang is found by keepalived's check, not by missing adverts.`
    : `${over}.`;
}

function twoHoldersText(ms: number): string {
  return ms === Number.POSITIVE_INFINITY
    ? 'Two nodes hold the VIP until then.'
    : `Two nodes hold the VIP for up to ${formatMs(ms)} of it.`;
}

/** Two nodes that change places, or take over together, agree within milliseconds, before a client can tell. */
const noticeableMs = 100;

/** Breaks at spaces, never inside `100 ms`. A word longer than the line stands alone. */
function wrap(text: string, width: number, indent: string): string[] {
  const room = Math.max(20, width - indent.length);
  const words = text.replace(/(\d) (?=(?:ms|s|min)\b)/g, '$1\u00A0').split(' ');
  const lines = words.reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    return last === undefined || last.length + 1 + word.length > room
      ? [...lines, word]
      : [...lines.slice(0, -1), `${last} ${word}`];
  }, []);
  return lines.map((line) => `${indent}${line.replaceAll('\u00A0', ' ')}`);
}

interface Styles {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
}

function styles(color: boolean): Styles {
  const style = (code: number, end: number) => (text: string) =>
    color ? `\u001B[${code}m${text}\u001B[${end}m` : text;
  return { bold: style(1, 22), dim: style(2, 22), red: style(31, 39) };
}
