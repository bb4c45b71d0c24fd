import { formatMs } from '../../core/duration.ts';
import { ofReads } from '../../cluster/disruption.ts';
import type { Outage } from '../measure/outage.ts';
import type { DrillResult } from '../result.ts';
import { lostMs } from '../verdict.ts';

/**
 * What a random round must never show, as sentences. What the measurement itself was too late for is no violation.
 * @param backWithinMs how long clients may wait after the healing
 */
export function violationsOf(result: DrillResult, backWithinMs: number): readonly string[] {
  const { verdict, twoHoldersVerdict, prediction, holders, gates, writes, register, backMs } = result;
  return [
    ...(verdict === 'above' ? [lostTooLong(result)] : []),
    ...(twoHoldersVerdict === 'above'
      ? [
          `two nodes held the VIP for ${formatMs(holders.twoMs)}, longer than ${formatMs(prediction.twoHoldersUpperMs)} predicted`,
        ]
      : []),
    ...((writes?.lost ?? 0) > 0 ? [`${writes?.lost} acknowledged writes are lost`] : []),
    ...(register?.violation === undefined ? [] : [`not linearizable: ${register.violation}`]),
    ...(backMs > backWithinMs
      ? [`${formatMs(backMs)} after the healing clients still failed, ${formatMs(backWithinMs)} predicted`]
      : []),
    ...gates.filter(({ passed }) => !passed).map(({ sentence }) => `never again after the healing: ${sentence}`),
  ];
}

/** Reads and connections have bounds of their own: what is too long is told with its own, and with what was bad. */
function lostTooLong({ lostMs: lost, outage, usable, prediction }: DrillResult): string {
  const reads = ofReads(prediction).upperMs;
  return lost > reads || lostMs(outage, prediction.impact) <= prediction.upperMs
    ? `clients lost ${formatMs(lost)}, more than ${formatMs(reads)} predicted (${badOnes(usable?.outage ?? outage)})`
    : `connections were lost for ${formatMs(lostMs(outage, prediction.impact))}, more than ${formatMs(prediction.upperMs)} predicted (${badOnes(outage)})`;
}

/** A single late answer is another thing than failures. */
function badOnes({ failed, slow, maxMs = 0 }: Outage): string {
  return `${failed} failed, ${slow} late, the latest answer after ${formatMs(maxMs)}`;
}
