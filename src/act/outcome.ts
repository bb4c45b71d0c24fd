import type { Finding } from '../core/finding.ts';

/** How a verb ended, and why. */
export interface Ended<P> {
  /**
   * unchanged: there was nothing to do. applied: all of it was done. declined: the operator said no, and nothing changed.
   * failed: it was refused or stopped; the findings say where and what to do.
   */
  readonly outcome: 'unchanged' | 'applied' | 'declined' | 'failed';
  /** What was to be done; undefined where that could not be told. */
  readonly plan: P | undefined;
  readonly findings: readonly Finding[];
}

export interface Outcome<P> extends Ended<P> {
  /** What was done about a lock that was found: told to the operator. */
  readonly notes: readonly string[];
}

export function ended<P>(
  outcome: Ended<P>['outcome'],
  plan: NoInfer<P> | undefined,
  findings: readonly Finding[],
): Ended<P> {
  return { outcome, plan, findings };
}

/** Applied where nothing went wrong, else failed. */
export function endedBy<P>(
  plan: NoInfer<P> | undefined,
  problems: readonly Finding[],
  remarks: readonly Finding[] = [],
): Ended<P> {
  return ended(problems.length === 0 ? 'applied' : 'failed', plan, [...remarks, ...problems]);
}
