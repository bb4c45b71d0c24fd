import { ofReads, type DisruptionKind, type Impact, type Prediction, type Writes } from '../cluster/disruption.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import type { Timers } from '../cluster/timers.ts';
import { defaultAllowances } from './allowances.ts';
import { takenUnheardMs } from './partition.ts';
import { predict } from './predict.ts';

/**
 * What these faults cost when they strike the holder at once; undefined for none.
 * @param strikesBackup whether they strike another node than the holder
 */
export function predictTogether(
  spec: ClusterSpec,
  timers: Timers,
  kinds: readonly DisruptionKind[],
  strikesBackup = false,
): Prediction | undefined {
  const all = predict(spec, timers);
  const sum = together(kinds.flatMap((kind) => all.filter(({ disruption }) => disruption === kind)));
  // Once its VIP is deleted, the holder is a backup on a node that could hold it.
  const takes = kinds.includes('deaf-to-peers') && (strikesBackup || kinds.includes('vip-deleted'));
  return sum && takes
    ? {
        ...sum,
        twoHoldersUpperMs: sum.twoHoldersUpperMs + takenUnheardMs({ spec, timers, allowances: defaultAllowances }),
        note: 'A deaf node that does not hold the VIP takes it, because it does not hear who does, until it is fenced.',
      }
    : sum;
}

const order: readonly Impact[] = ['none', 'in-flight', 'partial', 'outage'];
const writesOrder: readonly Writes[] = ['some-fail', 'wait', 'fail'];

/** Bounds several faults at once: one after the other at worst, side by side at best. */
export function together(predictions: readonly Prediction[]): Prediction | undefined {
  const [first, ...rest] = predictions;
  if (!first || rest.length === 0) return first;
  const all = added(first, predictions);
  if (!predictions.some(({ reads }) => reads)) return all;
  const { impact, lowerMs, upperMs, formula } = added(first, predictions.map(ofReads));
  const ofFollowers = predictions.some(({ reads }) => reads?.ofFollowers === true);
  return { ...all, reads: { impact, lowerMs, upperMs, formula, ...(ofFollowers && { ofFollowers }) } };
}

function added(first: Prediction, predictions: readonly Prediction[]): Prediction {
  const impact = order.findLast((one) => predictions.some((prediction) => prediction.impact === one)) ?? 'none';
  const writes = writesOrder.findLast((one) => predictions.some((prediction) => prediction.writes === one));
  const add = (pick: (prediction: Prediction) => number): number =>
    predictions.reduce((sum, prediction) => sum + pick(prediction), 0);
  const lateShare = Math.max(...predictions.map((prediction) => prediction.lateShare ?? 0));
  const outages = predictions.filter((prediction) => prediction.impact === 'outage');
  return {
    disruption: first.disruption,
    title: predictions.map(({ title }) => title).join(', and '),
    impact,
    ...(writes !== undefined && { writes }),
    lowerMs: Math.max(0, ...outages.map(({ lowerMs }) => lowerMs)),
    upperMs: add(({ upperMs }) => upperMs),
    formula: predictions.map(({ formula }) => `(${formula})`).join(' + '),
    twoHoldersUpperMs: add(({ twoHoldersUpperMs }) => twoHoldersUpperMs),
    ...(lateShare > 0 && { lateShare }),
    note: 'Several faults at once: at most one after the other.',
  };
}
