import type { Impact, Prediction, Writes } from '../cluster/disruption.ts';
import { formatMs } from '../core/duration.ts';
import { styles } from './styles.ts';
import { table } from './table.ts';
import { wrap } from './wrap.ts';

export interface PredictionsTextOptions {
  readonly color: boolean;
  readonly width: number;
  /** The outage that the operator accepts: faults that may take longer are marked. */
  readonly targetMs?: number;
}

/** A prediction under the name that its fault is drilled by. */
export interface NamedPrediction {
  readonly name: string;
  readonly prediction: Prediction;
}

/** How a fault stands to the target: within it, longer, or something that the target says nothing about. */
export type Coverage = 'within' | 'over' | 'not covered';

/** The target bounds the time without new connections. A share that waits, and etcd behind the address, are not its business. */
export function coverageOf({ impact, upperMs, writes }: Prediction, targetMs: number): Coverage {
  if (writes !== undefined) return 'not covered';
  if (upperMs <= targetMs || impact === 'none') return 'within';
  return impact === 'outage' ? 'over' : 'not covered';
}

/** Worst first: what never ends by itself, then what stops everybody, then a share of clients; the longer the worse. */
export function worstFirst<Item>(items: readonly Item[], predictionOf: (item: Item) => Prediction): readonly Item[] {
  return items.toSorted((a, b) => {
    const [one, other] = [predictionOf(a), predictionOf(b)];
    return rank(other) - rank(one) || other.upperMs - one.upperMs || other.lowerMs - one.lowerMs;
  });
}

function rank(prediction: Prediction): number {
  const { impact, writes } = prediction;
  if (isEndless(prediction) || writes === 'fail') return 5;
  if (impact === 'outage') return 4;
  if (impact === 'partial' || writes !== undefined) return 3;
  return impact === 'in-flight' ? 2 : 1;
}

/** Never ends by itself, for everybody or with two holders. What only delays a share of the clients for so long is not as bad. */
function isEndless({ impact, upperMs, twoHoldersUpperMs }: Prediction): boolean {
  return upperMs === Number.POSITIVE_INFINITY && (impact !== 'partial' || twoHoldersUpperMs === upperMs);
}

/** One line for each fault, worst first, and below it what the target covers and what it does not. Without a last newline. */
export function predictionTable(faults: readonly NamedPrediction[], options: PredictionsTextOptions): string {
  const { width, targetMs } = options;
  const header = ['FAULT', 'A CLIENT LOSES', 'WHAT FAILS', targetMs === undefined ? '' : `≤ ${formatMs(targetMs)}`];
  const sorted = worstFirst(faults, ({ prediction }) => prediction);
  const rows = sorted.map(({ name, prediction }) => [
    name,
    lossText(prediction),
    briefText(prediction),
    targetMs === undefined ? '' : coverageOf(prediction, targetMs),
  ]);
  const [head = '', ...lines] = table(header, rows).split('\n');
  const fits = [head, ...lines].every((line) => line.length <= width);
  const { bold, red } = styles(options.color);
  const styleOf = (index: number): ((line: string) => string) => {
    const prediction = sorted[index]?.prediction;
    return prediction && isBad(prediction, targetMs) ? red : plain;
  };
  const shown = fits
    ? [bold(head), ...lines.map((line, i) => styleOf(i)(line))]
    : rows.flatMap(([name = '', ...cells], i) =>
        wrap(`${name}: ${cells.filter((cell) => cell !== '').join(', ')}`, width).map(styleOf(i)),
      );
  return [...shown, ...(targetMs === undefined ? [] : ['', ...coverageText(faults, targetMs, width)])].join('\n');
}

function plain(line: string): string {
  return line;
}

function isBad(prediction: Prediction, targetMs: number | undefined): boolean {
  return (
    isEndless(prediction) ||
    prediction.writes === 'fail' ||
    (targetMs !== undefined && coverageOf(prediction, targetMs) === 'over')
  );
}

/** The last column in words, with a hanging indent. */
function coverageText(faults: readonly NamedPrediction[], targetMs: number, width: number): readonly string[] {
  const sorted = worstFirst(faults, ({ prediction }) => prediction);
  const where = (holds: (prediction: Prediction) => boolean): string =>
    sorted
      .filter(({ prediction }) => holds(prediction))
      .map(({ name }) => name)
      .join(', ');
  const over = where((prediction) => coverageOf(prediction, targetMs) === 'over');
  const noWrites = where(({ writes }) => writes === 'fail');
  const rows = [
    ...(over === '' ? [] : [['over', `may take longer: ${over}.`]]),
    ['not covered', 'what a share of clients loses, and etcd behind the address.'],
    ...(noWrites === ''
      ? []
      : [
          [
            '',
            `${noWrites}: the address answers, reads come from caches at best, and every write fails until etcd has a majority.`,
          ],
        ]),
    ['', lostNodeText(faults)],
  ];
  return [
    ...wrap(`The target of ${formatMs(targetMs)} says for how long no new connection is served.`, width),
    ...rows.flatMap(([name = '', text = '']) =>
      wrap(text, width, { indent: 15 }).map((line, i) => (i === 0 ? `  ${name.padEnd(13)}${line.trimStart()}` : line)),
    ),
  ];
}

/** Clients that wait on a connection through a node that is lost: the figures above are of new connections. */
function lostNodeText(faults: readonly NamedPrediction[]): string {
  const through = 'Connections through a node that is lost';
  return faults.some(({ prediction }) => prediction.established?.become === 'told')
    ? `${through}: the next holder tells their clients, within 1 s of the VIP's move.`
    : `${through}: client-go notices by its own pings, after up to 45 s (failover.tellClients: at once).`;
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

/** What is lost for how long: a range, or that writes fail for as long as the fault lasts. */
export function lossText(prediction: Prediction): string {
  return prediction.writes === 'fail' && prediction.upperMs === 0 ? 'no upper bound' : rangeText(prediction);
}

/** What a client notices, in a few words. */
function briefText({ impact, writes }: Prediction): string {
  if (writes === undefined) return brief[impact];
  if (impact === 'outage') return `connections; ${writes === 'fail' ? 'EVERY WRITE' : briefWrites[writes]}`;
  return briefWrites[writes];
}

const brief: Readonly<Record<Impact, string>> = {
  outage: 'every new connection',
  partial: 'some new connections',
  'in-flight': 'requests in flight',
  none: 'nothing',
};

const briefWrites: Readonly<Record<Writes, string>> = {
  fail: 'WRITES; reads cached',
  wait: 'nothing; writes wait',
  'some-fail': 'some requests',
};

/** The same as a sentence without a full stop. */
export function impactText({ impact, writes }: Prediction): string {
  if (writes === undefined) return sentence[impact];
  return impact === 'outage' ? `${sentence[impact]}; then ${sentenceWrites[writes]}` : sentenceWrites[writes];
}

const sentence: Readonly<Record<Impact, string>> = {
  outage: 'no new connection is served',
  partial: 'a share of new connections waits or fails',
  'in-flight': 'requests in flight on it fail',
  none: 'clients notice nothing',
};

const sentenceWrites: Readonly<Record<Writes, string>> = {
  fail: 'the address answers, and every write fails; reads come from caches at best',
  wait: 'the address answers, and writes wait for the election',
  'some-fail': 'the address answers, and requests to its API server fail',
};
