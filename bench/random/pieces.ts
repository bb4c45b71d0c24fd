import { formatMs } from '../../src/core/duration.ts';

/** One random schedule: what was broken is known from its seed. */
export interface Piece {
  readonly date: string;
  /** Revision of the sources. */
  readonly revision: string;
  readonly seed: number;
  /** New TLS connections a second. */
  readonly rate: number;
  /** From the first round to the end of the last, in milliseconds. */
  readonly lastedMs: number;
  readonly rounds: number;
  /** Rounds in which the prober was too late to judge times; all else about them was judged. */
  readonly invalid: number;
  /** Rounds that were not run, because a fault could not be brought about. */
  readonly skipped: number;
  readonly writes: { readonly acknowledged: number; readonly lost: number };
  /** Histories of what several clients read and wrote that were looked at, and their operations. */
  readonly operations: number;
  readonly violations: readonly string[];
  /** What each of them turned out to be, and what was changed; written by hand, in their order. */
  readonly explained?: readonly string[];
  /** Load averages of the machine before and after. */
  readonly load: readonly [number, number];
}

/** docs/benchmarks/random-schedules.md. */
export function page(pieces: readonly Piece[]): string {
  const sum = (of: (piece: Piece) => number): number => pieces.reduce((total, piece) => total + of(piece), 0);
  const violations = pieces.flatMap(({ seed, revision, violations, explained = [] }) =>
    violations.map(
      (what, i) => `- Seed ${seed} at ${revision}: ${what}.${explained[i] === undefined ? '' : ` ${explained[i]}`}`,
    ),
  );
  return `# Faults by chance

\`\`\`sh
npm run build && SEEDS="11 12 13" MINUTES=10 npm run bench -- bench/random      # root; each seed is a piece
k8s-ha drill FILE --random --seed 11 --for 10m                                  # the same on a cluster of your own
\`\`\`

Three machines of the lab: one to three faults at once on one node, healed, and looked at whether anything happened that [must not](../guides/drills.md#by-chance). The same seed breaks the same things in the same order. Each piece adds to [its data](random-schedules.json) and makes this page.

${formatMs(sum(({ lastedMs }) => lastedMs))} in all: ${sum(({ rounds }) => rounds)} rounds, violations: ${violations.length}; ${sum(({ writes }) => writes.acknowledged)} writes acknowledged, ${sum(({ writes }) => writes.lost)} lost.

| seed | sources | connections a second | lasted | rounds | too late to judge times | not run | writes acknowledged | violations | load |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
${pieces.map(row).join('\n')}
${violations.length === 0 ? '' : `\n${violations.join('\n')}\n`}`;
}

function row({ seed, revision, rate, lastedMs, rounds, invalid, skipped, writes, violations, load }: Piece): string {
  return `| ${seed} | ${revision} | ${rate} | ${formatMs(lastedMs)} | ${rounds} | ${invalid} | ${skipped} | ${writes.acknowledged} | ${violations.length} | ${load.map((one) => one.toFixed(0)).join('–')} |`;
}
