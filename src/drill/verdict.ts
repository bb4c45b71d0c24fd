import { ofReads, type Impact, type Prediction } from '../cluster/disruption.ts';
import type { HolderTimeline } from './measure/holders.ts';
import { readEvery } from './measure/probe.ts';
import type { Outage } from './measure/outage.ts';
import type { DrillResult, Verdict } from './result.ts';

/**
 * The figure that is held against a prediction: the longest time without service for an outage; for a partial one, from the
 * first bad connection to the last, because good and bad ones take turns.
 */
export function lostMs({ outageMs, span }: Outage, impact: Impact): number {
  return impact === 'partial' && span ? Math.max(outageMs, span.endMs - span.startMs) : outageMs;
}

/** From one probe to the next, in milliseconds, in predictions (`Allowances.probe`). */
const predictedSpacingMs = 10;

/**
 * Chance that more probes are late in a row. Few outages last as long as predicted at most, so that this calls one right prediction
 * in a hundred wrong; without it it was one in ten to twenty.
 */
const byChance = 0.12;

/** Probes that may be late, one after the other, when the address answers again. */
function lateInARow({ lateShare = 0 }: Prediction): number {
  return lateShare > 0 && lateShare < 1 ? Math.ceil(Math.log(byChance) / Math.log(lateShare)) : 0;
}

/**
 * Where the measurement fell. What has no window of its own is only held against the upper bound. An outage is seen up to one
 * spacing of the probes longer or shorter than it was: predictions allow for 10 ms, what is asked less often for the rest, and where
 * nothing is lost the verdict for all of it. It
 * is seen longer for each probe that is late for the share of them that may be.
 * @param spacingMs from one of these probes to the next
 */
export function verdictOf(outage: Outage, prediction: Prediction, spacingMs = predictedSpacingMs): Verdict {
  const { lowerMs, upperMs, impact } = prediction;
  if (!outage.valid) return 'invalid';
  const lost = lostMs(outage, impact);
  // A single answer that is late by itself cannot be told from none; one that failed can.
  if (impact === 'none') return outage.failed === 0 && lost <= outage.resolutionMs ? 'within' : 'above';
  const widerMs = Math.max(0, spacingMs - predictedSpacingMs);
  if (lost > upperMs + widerMs + lateInARow(prediction) * spacingMs) return 'above';
  return impact === 'outage' && lost < lowerMs - widerMs ? 'below' : 'within';
}

/**
 * What a client could use, held against the prediction for reads, and connections against theirs: an address that moved too late
 * is not made up for by what etcd was allowed.
 * @param ratePerSecond new connections; reads are made on some of them
 */
export function verdictOfBoth(
  usable: Outage,
  connections: Outage,
  prediction: Prediction,
  ratePerSecond: number,
): Verdict {
  const spacingMs = 1000 / ratePerSecond;
  const read = verdictOf(usable, ofReads(prediction), spacingMs * readEvery(ratePerSecond));
  const connected = verdictOf(connections, prediction, spacingMs);
  return read !== 'invalid' && connected === 'above' ? 'above' : read;
}

/** What clients felt, with or without reads, held against the prediction. */
export function verdictOfFelt(
  { usable, outage }: Pick<DrillResult, 'usable' | 'outage'>,
  prediction: Prediction,
  ratePerSecond: number,
): Verdict {
  return usable
    ? verdictOfBoth(usable.outage, outage, prediction, ratePerSecond)
    : verdictOf(outage, prediction, 1000 / ratePerSecond);
}

/**
 * A loss longer than predicted is held against the prediction only where answers were prompt before the fault, or where failures
 * alone last as long.
 * @param ofFailures the verdict with late answers taken for good ones
 */
export function besideLate(verdict: Verdict, ofFailures: Verdict, lateBefore: number): Verdict {
  return verdict === 'above' && ofFailures !== 'above' && lateBefore > 0 ? 'invalid' : verdict;
}

/** Two holders at once, where every node told what it had. */
export function twoHoldersVerdictOf(
  { twoMs, errorMs, unknown }: HolderTimeline,
  { twoHoldersUpperMs }: Prediction,
): Exclude<Verdict, 'below'> {
  if (Object.keys(unknown).length > 0) return 'invalid';
  return twoMs <= twoHoldersUpperMs + 2 * errorMs ? 'within' : 'above';
}
