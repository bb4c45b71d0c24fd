import { ofReads, type DisruptionKind, type Impact, type Prediction, type Writes } from '../cluster/disruption.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import type { Timers } from '../cluster/timers.ts';
import { defaultAllowances } from './allowances.ts';
import type { Model } from './model.ts';
import { takenUnheardMs, unheard } from './partition.ts';
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
  if (!sum) return undefined;
  const model = { spec, timers, allowances: defaultAllowances };
  const hears = strikesBackup ? sum : unspoken(sum, kinds, model);
  // Once its VIP is deleted, the holder is a backup on a node that could hold it.
  const takes = kinds.includes('deaf-to-peers') && (strikesBackup || kinds.includes('vip-deleted'));
  return takes
    ? {
        ...hears,
        twoHoldersUpperMs: hears.twoHoldersUpperMs + takenUnheardMs(model),
        note: 'A deaf node that does not hold the VIP takes it, because it does not hear who does, until it is fenced.',
      }
    : hears;
}

/** Faults whose cost is short because keepalived says that it gives the VIP up. */
const givenUp: readonly DisruptionKind[] = [
  'keepalived-stopped',
  'haproxy-stopped',
  'haproxy-killed',
  'haproxy-hung',
  'haproxy-out-of-memory',
  'vip-deleted',
  'late-arp',
  'node-rebooted',
  'drained',
  'restarted',
];

/** A keepalived that hangs says nothing: the others wait as if its node were lost. */
function unspoken(sum: Prediction, kinds: readonly DisruptionKind[], model: Model): Prediction {
  if (!kinds.includes('keepalived-hung') || !kinds.some((kind) => givenUp.includes(kind))) return sum;
  const { upperMs, formula } = unheard(model);
  const later = <T extends Pick<Prediction, 'upperMs' | 'formula'>>(bound: T): T => ({
    ...bound,
    upperMs: bound.upperMs + upperMs,
    formula: `${bound.formula} + (${formula})`,
  });
  return {
    ...later(sum),
    // Where that is sooner than what would make it give the VIP up.
    lowerMs: 0,
    ...(sum.reads && { reads: later(sum.reads) }),
    note: 'A keepalived that hangs cannot say that it gives the VIP up: the others wait as if its node were lost.',
  };
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
