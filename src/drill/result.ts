import type { Prediction } from '../cluster/disruption.ts';
import { formatMs } from '../core/duration.ts';
import type { GateResult } from '../judge/gate.ts';
import type { HolderTimeline } from './measure/holders.ts';
import type { LeaseMove } from './measure/leases.ts';
import type { RequestLoss, WatchLoss, WriteLoss } from './measure/loss.ts';
import type { Outage } from './measure/outage.ts';
import type { ProbeOutcome } from './measure/probe.ts';
import type { RegisterAudit } from './measure/register.ts';
import type { Usable } from './measure/usable.ts';

/** Where a measurement fell. `below`: shorter than thought possible, which is a wrong model too. */
export type Verdict = 'within' | 'above' | 'below' | 'invalid';

/** One new connection of the prober: when it was sent after the injection, how long it took, what came of it. */
export type SamplePoint = readonly [atMs: number, tookMs: number, outcome: ProbeOutcome];

/** What one fault, or several at once, cost next to what was predicted. Times are milliseconds after the injection. */
export interface DrillResult {
  readonly fault: string;
  readonly summary: string;
  /** The nodes that were broken. */
  readonly nodes: readonly string[];
  readonly vip: string;
  /** ISO 8601, by the operator's clock. */
  readonly startedAt: string;
  readonly ratePerSecond: number;
  /** Of connections, and of reads where those lose more. */
  readonly prediction: Prediction;
  /** What a client could use; undefined where no quorum read could be made. The verdict follows it where it is there. */
  readonly usable: Usable | undefined;
  /** New connections, from the injection to the healing, and those that had no answer yet at the injection. */
  readonly outage: Outage;
  /**
   * Answers that were late already before the fault; absent where none were. Where there are some, late ones afterwards prove
   * nothing against the prediction.
   */
  readonly lateBefore?: { readonly late: number; readonly answers: number; readonly worstMs: number };
  /** The figure that is held against the prediction. */
  readonly lostMs: number;
  readonly verdict: Verdict;
  /** Requests on kept connections; a reset of one that was kept is sent again once, as clients do. */
  readonly requests: RequestLoss | undefined;
  readonly watch: WatchLoss | undefined;
  readonly writes: WriteLoss | undefined;
  /** What several clients saw of one object; undefined where none worked on one. */
  readonly register?: RegisterAudit | undefined;
  /** Why there are no writes and no watch. */
  readonly writesNote: string | undefined;
  readonly holders: HolderTimeline;
  /** Two holders at once: predicted at most, and measured. */
  readonly twoHoldersVerdict: Exclude<Verdict, 'below'>;
  /** Which node the client's own kernel sent the VIP's packets to, and since when; undefined where it cannot be told. */
  readonly clientView: readonly { readonly atMs: number; readonly node: string }[] | undefined;
  readonly healedMs: number;
  readonly healedBy: 'operator' | 'timer';
  /** From the healing until the cluster was well again: a returning node must cost nothing. */
  readonly afterHeal: Outage;
  /**
   * From the healing, and from when every node could be reached, until no new connection and no read on one failed any more, nor were
   * all of them late for a quarter of a second.
   */
  readonly backMs: number;
  readonly gates: readonly GateResult[];
  /** Leases of Kubernetes' leaders that changed hands; empty where there are none, or nobody could tell. */
  readonly leases: readonly LeaseMove[];
  readonly samples: readonly SamplePoint[];
  /** 1, or more where the measurement before this one was invalid and was made again. */
  readonly attempt: number;
}

/** A result before it is known which attempt it is. */
export type Measured = Omit<DrillResult, 'attempt'>;

/** A drill that went as it should: predicted, healed, nothing lost that was acknowledged. */
export function isGood(result: DrillResult): boolean {
  return (
    (result.verdict === 'within' || result.verdict === 'below') &&
    result.twoHoldersVerdict === 'within' &&
    leftWell(result)
  );
}

/** Why late answers after the fault say nothing. */
export function lateBeforeText({ late, answers, worstMs }: NonNullable<DrillResult['lateBefore']>): string {
  return `${late} of ${answers} answers were late (up to ${formatMs(worstMs)}) before anything was broken: that others were afterwards proves nothing`;
}

/** Nothing but the measurement was bad: it says nothing about the cluster, neither good nor ill. */
export function isInconclusive(result: DrillResult): boolean {
  return (
    (result.verdict === 'invalid' || result.twoHoldersVerdict === 'invalid') &&
    result.verdict !== 'above' &&
    result.twoHoldersVerdict !== 'above' &&
    leftWell(result)
  );
}

function leftWell({ gates, leases, writes }: DrillResult): boolean {
  return (
    gates.every(({ passed }) => passed) &&
    leases.every(({ tookMs, boundMs }) => tookMs !== undefined && tookMs <= boundMs) &&
    (writes?.lost ?? 0) === 0
  );
}

/** The attempts that were made again: the next result is the same drill's next attempt. */
export function wasRepeated(results: readonly DrillResult[], index: number): boolean {
  return (results[index + 1]?.attempt ?? 1) > 1;
}

/** What counts: the last attempt of each drill. */
export function lastAttempts(results: readonly DrillResult[]): readonly DrillResult[] {
  return results.filter((_, index) => !wasRepeated(results, index));
}
