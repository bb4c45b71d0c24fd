import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { ofReads } from '../../../src/cluster/disruption.ts';
import { lastAttempts, type DrillResult } from '../../../src/drill/result.ts';
import type { Bench } from './bench.ts';

/**
 * Breaks each of these once and holds the loss against its prediction. What is above it is broken twice more: a busy machine is
 * late once, a wrong prediction every time, so two measurements of three have to hold. Losses of writes, gates that fail and
 * holders that are unknown are held against every measurement.
 * @param options further options of `k8s-ha drill`
 * @returns all measurements, in order
 */
export async function expectAsPredicted(
  bench: Bench,
  file: string,
  faults: readonly string[],
  options: readonly string[] = [],
): Promise<readonly DrillResult[]> {
  const first = await measured(bench, file, faults, options);
  const above = first.filter((result) => isAbove(result));
  // Before it is broken again, which may fail for another reason.
  for (const result of above) process.stdout.write(`once more: ${told(result)}\n`);
  const again =
    above.length === 0
      ? []
      : await measured(
          bench,
          file,
          above.map(({ fault }) => fault),
          [...options, '--runs', '2'],
        );
  const all = [...first, ...again];
  for (const result of all) {
    expect(
      result.gates.filter(({ passed }) => !passed),
      told(result),
    ).toEqual([]);
    expect(result.holders.unknown, told(result)).toEqual({});
    expect(result.writes?.lost, told(result)).toBe(0);
  }
  const late = faults.filter((fault) => {
    const judged = all.filter((result) => result.fault === fault && result.verdict !== 'invalid');
    return all.filter((result) => result.fault === fault && isAbove(result)).length > judged.length / 3;
  });
  expect(late, all.map(told).join('\n')).toEqual([]);
  // `invalid`: the machine was too busy to probe on time, which says nothing.
  expect(first.filter(({ verdict }) => verdict !== 'invalid').length, first.map(told).join('\n')).toBeGreaterThan(
    first.length / 2,
  );
  return all;
}

/** @returns of each break the last attempt: those before it were no measurement */
async function measured(
  bench: Bench,
  file: string,
  faults: readonly string[],
  options: readonly string[],
): Promise<readonly DrillResult[]> {
  const folder = join(mkdtempSync(join(bench.folder, 'drilled-')), 'report');
  const ran = await bench.cli(
    ['drill', file, ...faults, '--rate', '50', '--retries', '2', ...options, '--report', folder],
    { env: bench.power },
  );
  const report = join(folder, 'report.json');
  const said = ran.stdout + ran.stderr;
  expect(existsSync(report), said).toBe(true);
  const { results }: { readonly results: readonly DrillResult[] } = JSON.parse(readFileSync(report, 'utf8'));
  expect([...new Set(results.map(({ fault }) => fault))], said).toEqual([...new Set(faults)]);
  return lastAttempts(results);
}

function isAbove({ verdict, twoHoldersVerdict }: DrillResult): boolean {
  return verdict === 'above' || twoHoldersVerdict === 'above';
}

/** The measurement, so that a run that fails says what it saw. */
export function told({ fault, vip, verdict, lostMs, prediction, outage, holders }: DrillResult): string {
  const { lowerMs, upperMs } = ofReads(prediction);
  const predicted = `${Math.round(lowerMs)}–${Math.round(upperMs)} ms, connections at most ${Math.round(prediction.upperMs)} ms`;
  const lost = `lost ${Math.round(lostMs)} ms, connections ${Math.round(outage.outageMs)} ms, two holders ${Math.round(holders.twoMs)} ms`;
  return `${fault} of ${vip}: ${verdict}: ${lost}; predicted ${predicted}; ${outage.invalidReason ?? 'measured on time'}`;
}
