import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { expect, it } from 'vitest';
import type { RandomOutcome } from '../../src/drill/random/run.ts';
import { createBench, type Bench } from '../../test/e2e/support/bench.ts';
import { good } from '../../test/e2e/support/killed.ts';
import { page, type Piece } from './pieces.ts';

/**
 * Random schedules on one lab, in pieces that add up. SEEDS: a piece for each of them, in this order. MINUTES: how long each lasts (10).
 * RATE: new TLS connections a second (40: of a hundred two processors are late by themselves when others are healed beside them). OUT (docs/benchmarks/random-schedules.json), to which pieces are added, and the page beside it.
 */
const seeds = (process.env['SEEDS'] ?? '').split(/[ ,]+/).filter((word) => word !== '');
const minutes = Number(process.env['MINUTES'] ?? 10);
const rate = Number(process.env['RATE'] ?? 40);
const out = process.env['OUT'] ?? 'docs/benchmarks/random-schedules.json';

function load(): readonly Piece[] {
  return existsSync(out) ? JSON.parse(readFileSync(out, 'utf8')) : [];
}

/** A line for each piece, so that what one adds is what a difference shows. */
function save(pieces: readonly Piece[]): void {
  writeFileSync(out, `[\n${pieces.map((piece) => JSON.stringify(piece)).join(',\n')}\n]\n`);
  writeFileSync(out.replace(/json$/, 'md'), page(pieces));
}

async function piece(bench: Bench, file: string, seed: number, revision: string): Promise<Piece> {
  const [date, began, before] = [new Date().toISOString(), performance.now(), loadavg()[0] ?? 0];
  const ran = await bench.cli(
    ['drill', file, '--random', '--for', `${minutes}m`, '--seed', String(seed), '--rate', String(rate), '-o', 'json'],
    { env: bench.power },
  );
  const lastedMs = Math.round(performance.now() - began);
  const outcome: RandomOutcome = JSON.parse(ran.stdout);
  const { rounds, invalid, skipped, results, violations, findings } = outcome;
  const sum = (of: (result: RandomOutcome['results'][number]) => number | undefined): number =>
    results.reduce((total, result) => total + (of(result) ?? 0), 0);
  return {
    date,
    revision,
    seed,
    rate,
    lastedMs,
    rounds,
    invalid,
    skipped: skipped.length,
    writes: { acknowledged: sum(({ writes }) => writes?.acknowledged), lost: sum(({ writes }) => writes?.lost) },
    operations: sum(({ register }) => register?.operations),
    violations: [
      ...violations.map(({ drill, victim, what, smallest }) =>
        [`\`${drill}\` on ${victim}: ${what.join('; ')}`, ...(smallest ? [`again with \`${smallest}\``] : [])].join(
          ', ',
        ),
      ),
      ...findings.map(({ message }) => `ended early: ${message}`),
    ],
    load: [before, loadavg()[0] ?? 0],
  };
}

it('drills random schedules', async () => {
  const numbers = seeds.map(Number);
  if (numbers.length === 0 || !numbers.every(Number.isInteger)) throw new Error('SEEDS: integers, one for each piece');
  const revision = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  let pieces = load();
  const bench = await createBench('random-bench');
  try {
    const file = bench.clusterFile('tutorial.yaml');
    await good(bench, ['apply', file, '--yes']);
    for (const seed of numbers) {
      pieces = [...pieces, await piece(bench, file, seed, revision)];
      process.stdout.write(`${JSON.stringify(pieces.at(-1))}\n`);
      save(pieces);
    }
  } finally {
    await bench.down();
  }
  expect(pieces.at(-1)?.rounds).toBeGreaterThan(0);
}, 14_400_000);
