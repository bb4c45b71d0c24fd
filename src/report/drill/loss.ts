import { ofReads, type Prediction, type Writes } from '../../cluster/disruption.ts';
import { formatMs } from '../../core/duration.ts';
import type { DrillResult } from '../../drill/result.ts';
import { rangeText } from '../prediction-table.ts';

/** What is needed of a drill's result to say what was lost, also where it is read from a report. */
export interface Loss {
  readonly lostMs: number;
  readonly prediction: { readonly writes?: Writes | undefined };
  readonly writes?: { readonly stallMs: number } | undefined;
}

const predicted: Readonly<Record<Writes, string>> = {
  fail: 'every write, until etcd has a majority',
  wait: 'writes wait for an election',
  'some-fail': 'some requests fail',
};

const measured: Readonly<Record<Writes, string>> = {
  fail: 'writes failed for',
  wait: 'writes waited for',
  'some-fail': 'some writes failed, for',
};

/** What the verdict was held against: the prediction for reads, where reads were made. */
export function judgedBy({ usable, prediction }: Pick<DrillResult, 'usable' | 'prediction'>): Prediction {
  return usable ? ofReads(prediction) : prediction;
}

/** What was predicted for reads or connections and, where those say nothing of what fails, for writes. */
export function predictedText(result: Pick<DrillResult, 'usable' | 'prediction'>): string {
  const { writes, upperMs, ...rest } = judgedBy(result);
  const range = rangeText({ ...rest, upperMs });
  if (writes === undefined) return range;
  return upperMs === 0 ? predicted[writes] : `${range}; ${predicted[writes]}`;
}

/** What writes lost where the fault is etcd's: `writes failed for 14.2 s`. Undefined where connections tell all. */
export function writesText({ prediction, writes }: Loss): string | undefined {
  if (prediction.writes === undefined) return undefined;
  if (!writes) return 'writes not measured';
  return writes.stallMs === 0 ? 'no write failed' : `${measured[prediction.writes]} ${formatMs(writes.stallMs)}`;
}

/** What a client lost: the time without new connections, and what became of writes where that is not all. */
export function lostText(result: Loss, connections = formatMs(result.lostMs)): string {
  const writes = writesText(result);
  return writes === undefined ? connections : `${connections}; ${writes}`;
}
