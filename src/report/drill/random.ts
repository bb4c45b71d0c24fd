import type { RandomOutcome, Violation } from '../../drill/random/run.ts';
import { wrap } from '../wrap.ts';

/** Where the figures come from: how the run was called. */
export interface RandomSource {
  readonly file: string;
  readonly seed: number;
}

/** What a violation was, and the command that tries it again. */
export function violationText({ round, what, drill, victim, smallest }: Violation, file: string): string {
  return [
    `Round ${round}, ${drill} on ${victim}:`,
    ...what.map((sentence) => `  ✗ ${sentence}`),
    smallest === undefined
      ? '  It was not seen again when the same was broken again.'
      : `  Seen again with: k8s-ha drill ${file} ${smallest} --on ${victim}`,
  ].join('\n');
}

/** What a random run showed: violations first, then what was looked at. Ends with a newline. */
export function randomText(
  outcome: RandomOutcome,
  { file, seed }: RandomSource,
  width = Number.POSITIVE_INFINITY,
): string {
  const { rounds, invalid, skipped, violations, results } = outcome;
  const sum = (of: (result: RandomOutcome['results'][number]) => number): number =>
    results.reduce((total, result) => total + of(result), 0);
  const acknowledged = sum(({ writes }) => writes?.acknowledged ?? 0);
  const lost = sum(({ writes }) => writes?.lost ?? 0);
  const operations = sum(({ register }) => register?.operations ?? 0);
  return [
    ...violations.map((violation) => violationText(violation, file)),
    ...[
      `Seed ${seed}: ${violations.length} of ${rounds} rounds showed what must not happen.`,
      acknowledged === 0
        ? 'No write was made: nothing is known of what etcd kept.'
        : `${lost} of ${acknowledged} acknowledged writes are lost. ${operations} operations of several clients on one object were held against linearizability.`,
      ...(invalid === 0
        ? []
        : [`In ${invalid} rounds the prober was too late to judge how long clients lost service.`]),
      ...(skipped.length === 0 ? [] : [`${skipped.length} rounds were left out: ${[...new Set(skipped)].join('; ')}.`]),
    ].flatMap((line) => wrap(line, width)),
    '',
  ].join('\n');
}
