import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { expect, it } from 'vitest';
import { createBench } from '../../test/e2e/support/bench.ts';
import { createFleet, fleetVips, type FleetRun } from '../../test/e2e/support/fleet.ts';
import { median } from '../support/figures.ts';

/**
 * How long a look at a hundred nodes in thirty clusters takes, with real logins to simulated nodes (test/e2e/support/fleet.ts).
 * RUNS (5), OUT (docs/benchmarks/scale.json).
 */
const runs = Number(process.env['RUNS'] ?? 5);
const out = process.env['OUT'] ?? 'docs/benchmarks/scale.json';

const lost = {
  'c01/cp4': 'silent',
  'c02/cp1': 'silent',
  'c11/cp1': 'silent',
  'c12/cp2': 'refusing',
  'c30/cp3': 'refusing',
} as const;

/** Most of what a login costs OpenSSH 9 is the making of keys that are safe from quantum computers. */
const classical = 'KexAlgorithms ^curve25519-sha256';

interface Row {
  readonly what: string;
  readonly tookMs: number;
  readonly peakConnections: number;
  readonly peakMiB: number;
  readonly logins: number;
  readonly cpuMs: number;
  /** Of the machine, over the last minute: what else it was doing. */
  readonly load: number;
}

it('looks at a hundred nodes', { timeout: 1_800_000 }, async () => {
  const bench = await createBench('scale', { extraSans: fleetVips });
  try {
    const tutorial = bench.clusterFile('tutorial.yaml');
    const applied = await bench.cli(['apply', tutorial, '--yes']);
    expect(applied.rc, applied.stderr).toBe(0);
    const fleet = await createFleet(bench, tutorial, ['c07/cp2']);
    const rows: Row[] = [];
    const keep = (what: string, { tookMs, peakConnections, peakMiB, logins, cpuMs }: FleetRun): void =>
      void rows.push({ what, tookMs, peakConnections, peakMiB, logins, cpuMs, load: loadavg()[0] ?? 0 });
    for (let run = 0; run < runs; run += 1) {
      for (const argv of [['plan'], ['status'], ['check', '--live']])
        keep(argv.join(' '), await fleet.cli([...argv, ...fleet.files]));
      keep(`plan, ssh with ${classical}`, await fleet.cli(['plan', ...fleet.files], classical));
      const mend = fleet.lose(lost);
      for (const argv of [['plan'], ['status']])
        keep(`${argv.join(' ')}, 3 nodes silent, 2 refuse`, await fleet.cli([...argv, ...fleet.files]));
      mend();
    }
    const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
    const figures = [...new Set(rows.map(({ what }) => what))].map((what) => {
      const these = rows.filter((row) => row.what === what);
      const most = (of: (row: Row) => number): number => Math.max(...these.map(of));
      return line([
        `\`${what.replace(',', '`,')}${what.includes(',') ? '' : '`'}`,
        `${(median(these.map(({ tookMs }) => tookMs)) / 1000).toFixed(1)} s`,
        `${(most(({ tookMs }) => tookMs) / 1000).toFixed(1)} s`,
        most(({ peakConnections }) => peakConnections),
        `${Math.round(most(({ peakMiB }) => peakMiB))} MiB`,
        most(({ logins }) => logins),
        `${(median(these.map(({ cpuMs }) => cpuMs)) / 1000).toFixed(1)} s`,
      ]);
    });
    const about = {
      at: new Date().toISOString(),
      runs,
      cpus: cpus().length,
      nodes: 100,
      clusters: fleet.files.length,
      observationMs: Math.round(fleet.observationMs),
    };
    const rounded = (_: string, value: unknown): unknown => (typeof value === 'number' ? Math.round(value) : value);
    writeFileSync(
      out,
      `{ "about": ${JSON.stringify(about)}, "results": [\n${rows.map((row) => JSON.stringify(row, rounded)).join(',\n')}\n] }\n`,
    );
    process.stdout.write(`${JSON.stringify(about)}\n${figures.join('\n')}\n`);
  } finally {
    await bench.down();
  }
});
