import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { expect, it } from 'vitest';
import type { SoakResult } from '../../src/drill/measure/soak.ts';
import { haproxyNames } from '../../src/node/haproxy.ts';
import { paths } from '../../src/node/paths.ts';
import { csvRows } from '../../src/observe/once/csv.ts';
import { createBench, type Bench } from '../../test/e2e/support/bench.ts';
import { good } from '../../test/e2e/support/killed.ts';
import { settled } from '../support/cluster.ts';

/**
 * A well cluster with every processor busy: does a VIP move, and does a node take itself for cut off? SECONDS (300), RATE of new TLS
 * connections a second (100), OUT (docs/benchmarks/soak-busy.json), to which a run is added.
 */
const seconds = Number(process.env['SECONDS'] ?? 300);
const rate = Number(process.env['RATE'] ?? 100);
const out = process.env['OUT'] ?? 'docs/benchmarks/soak-busy.json';

/** How often a node's HAProxy found another node gone: what the check script then asked about. */
function suspicions(bench: Bench, node: string): number {
  const said = bench.on(
    node,
    `echo 'show stat ${haproxyNames.members} 4 -1' | socat - UNIX-CONNECT:${paths.haproxySocket}`,
  );
  return (csvRows(said.split('\n')) ?? []).reduce((sum, row) => sum + Number(row('chkdown')), 0);
}

interface Run {
  readonly date: string;
  readonly revision: string;
  readonly load: number;
  readonly seconds: number;
  readonly nodes: readonly (SoakResult['nodes'][number] & { readonly suspicions: number })[];
  readonly probes: number;
  readonly failed: number;
  readonly p99Ms: number | undefined;
}

it('keeps every processor of a well cluster busy', async () => {
  const bench = await createBench('soak-bench');
  try {
    const file = bench.clusterFile('tutorial.yaml');
    await good(bench, ['apply', file, '--yes']);
    await settled(bench, '172.16.100.100', 7443);
    const before = bench.state.nodes.map(({ name }) => suspicions(bench, name));
    const ran = await bench.cli(['soak', file, '--busy', '--seconds', `${seconds}`, '--rate', `${rate}`, '-o', 'json']);
    const result: SoakResult = JSON.parse(ran.stdout);
    const run: Run = {
      date: new Date().toISOString(),
      revision: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
      load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
      seconds,
      nodes: result.nodes.map((node, i) => ({ ...node, suspicions: suspicions(bench, node.node) - (before[i] ?? 0) })),
      probes: result.outage.probes,
      failed: result.outage.failed,
      p99Ms: result.outage.p99Ms,
    };
    process.stdout.write(`${JSON.stringify(run)}\n`);
    const runs: readonly Run[] = existsSync(out) ? JSON.parse(readFileSync(out, 'utf8')) : [];
    writeFileSync(out, `[\n${[...runs, run].map((one) => JSON.stringify(one)).join(',\n')}\n]\n`);
    expect(result.nodes.map(({ node }) => node)).toEqual(bench.state.nodes.map(({ name }) => name));
  } finally {
    await bench.down();
  }
}, 14_400_000);
