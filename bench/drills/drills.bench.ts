import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { faults as registry } from '../../src/drill/faults/index.ts';
import type { DrillResult } from '../../src/drill/result.ts';
import { createBench, type Bench } from '../../test/e2e/support/bench.ts';
import { good } from '../../test/e2e/support/killed.ts';
import { createKubernetesBench, drillEnvironment } from '../../test/e2e/support/kubernetes.ts';
import { nextFault, page, runOf, setups, type Run } from './repeated.ts';

/**
 * Every fault again and again, in turns, on one lab: how often its prediction holds, in pieces that add up.
 * RUNS: valid runs that each fault is to have (10). FAULTS: which, by name (all). MINUTES: no drill begins later (no limit).
 * KUBERNETES=1: on real Kubernetes. OUT (docs/benchmarks/drills-repeated.json or -kubernetes.json), to which runs are added, and the page beside it.
 */
const kubernetes = process.env['KUBERNETES'] === '1';
const on = kubernetes ? 'kubernetes' : 'stand-in';
const { rate } = setups[on];
const wanted = Number(process.env['RUNS'] ?? 10);
const minutes = Number(process.env['MINUTES'] ?? Infinity);
const out = process.env['OUT'] ?? `docs/benchmarks/drills-repeated${kubernetes ? '-kubernetes' : ''}.json`;
const pageOut = out.replace(/[^/]*$/, `repeated-drills${kubernetes ? '-kubernetes' : ''}.md`);

/** A fault whose measurements are never valid ends nothing: it is left after so many more than wanted. */
const mostInvalid = 5;

interface Data {
  readonly runs: readonly Run[];
  /** Faults that could not be injected, and why. */
  readonly refused: Readonly<Record<string, string>>;
}

function names(): readonly string[] {
  const all = registry.map(({ name }) => name);
  const chosen = process.env['FAULTS']?.split(/[ ,]+/);
  for (const name of chosen ?? []) if (!all.includes(name)) throw new Error(`FAULTS: there is no fault ${name}`);
  return chosen ?? all;
}

function load(): Data {
  return existsSync(out) ? JSON.parse(readFileSync(out, 'utf8')) : { runs: [], refused: {} };
}

/** A line for each run, so that what a piece adds is what a difference shows. */
function save({ runs, refused }: Data): void {
  const lines = runs.map((run) => JSON.stringify(run)).join(',\n');
  writeFileSync(out, `{ "refused": ${JSON.stringify(refused)}, "runs": [\n${lines}\n] }\n`);
  writeFileSync(
    pageOut,
    page(
      registry.map(({ name }) => name),
      runs,
      refused,
      on,
    ),
  );
}

/** @returns what was measured, every attempt; or why nothing was */
async function drill(bench: Bench, file: string, fault: string): Promise<readonly DrillResult[] | string> {
  const folder = join(mkdtempSync(join(bench.folder, 'drilled-')), 'report');
  const options = ['--allow-quorum-loss', '--rate', String(rate), '--report', folder];
  const env = kubernetes ? drillEnvironment(bench) : bench.power;
  const ran = await bench.cli(['drill', file, fault, ...options], { env });
  const report = join(folder, 'report.json');
  if (!existsSync(report)) return /was not run: (.*)/.exec(ran.stderr)?.[1] ?? ran.stderr.trim();
  const { results }: { readonly results: readonly DrillResult[] } = JSON.parse(readFileSync(report, 'utf8'));
  return results;
}

it('drills every fault again and again', async () => {
  const revision = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const until = Date.now() + minutes * 60_000;
  let data = load();
  const bench = kubernetes ? await createKubernetesBench('drills-bench') : await createBench('drills-bench');
  try {
    const file = bench.clusterFile('tutorial.yaml');
    await good(bench, ['apply', file, '--yes']);
    const tries = new Map<string, number>();
    for (;;) {
      const left = names().filter(
        (name) => data.refused[name] === undefined && (tries.get(name) ?? 0) < wanted + mostInvalid,
      );
      const fault = nextFault(left, data.runs, wanted);
      if (fault === undefined || Date.now() > until) break;
      tries.set(fault, (tries.get(fault) ?? 0) + 1);
      const about = { revision, rate, load: Math.round((loadavg()[0] ?? 0) * 10) / 10 };
      const results = await drill(bench, file, fault);
      data =
        typeof results === 'string'
          ? { ...data, refused: { ...data.refused, [fault]: results } }
          : { ...data, runs: [...data.runs, ...results.map((result) => runOf(result, about))] };
      process.stdout.write(`${JSON.stringify(typeof results === 'string' ? { fault, results } : data.runs.at(-1))}\n`);
      save(data);
    }
  } finally {
    await bench.down();
  }
  expect(data.runs.length).toBeGreaterThan(0);
}, 14_400_000);
