import type { Finding } from '../core/finding.ts';
import type { LabProblem } from '../core/findings/lab.ts';

type Details = Pick<Finding, 'reason' | 'suggestion' | 'node'>;

/** A finding about the lab's host or one of its machines; always an error, because the lab cannot go on. */
export function problem(rule: LabProblem, message: string, details: Details = {}): Finding {
  return {
    rule: `lab-${rule}`,
    severity: 'error',
    message,
    ...details,
  };
}

const carried = new WeakMap<Error, readonly Finding[]>();

/**
 * Carries findings from deep inside to the lab's door, where they become a Result. Inside the lab a failed step ends the
 * whole operation, which is what an exception is for.
 */
export function stop(...findings: readonly Finding[]): Error {
  const error = new Error(findings.map(({ message }) => message).join('\n'));
  carried.set(error, findings);
  return error;
}

/** The findings that an exception carries; undefined for a programmer's error. */
export function findingsOf(error: unknown): readonly Finding[] | undefined {
  return error instanceof Error ? carried.get(error) : undefined;
}
