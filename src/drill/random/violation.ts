import { formatMs } from '../../core/duration.ts';
import { ofReads } from '../../cluster/disruption.ts';
import type { DrillResult } from '../result.ts';

/**
 * What a random round must never show, as sentences. What the measurement itself was too late for is no violation.
 * @param backWithinMs how long clients may wait after the healing
 */
export function violationsOf(result: DrillResult, backWithinMs: number): readonly string[] {
  const { verdict, twoHoldersVerdict, lostMs, prediction, holders, gates, writes, register, backMs } = result;
  return [
    ...(verdict === 'above'
      ? [`clients lost ${formatMs(lostMs)}, more than ${formatMs(ofReads(prediction).upperMs)} predicted`]
      : []),
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
