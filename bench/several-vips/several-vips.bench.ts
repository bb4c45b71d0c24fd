import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { outage } from '../../src/drill/measure/outage.ts';
import { startProber } from '../../src/drill/prober/start.ts';
import { labClient, labPowerOff, labPowerOn } from '../../src/lab/lab.ts';
import { createBench, type Bench } from '../../test/e2e/support/bench.ts';
import { holdersOf } from '../support/cluster.ts';
import { median } from '../support/figures.ts';

/**
 * Two VIPs on two nodes, and the holder of the first one loses its power: what clients of the first lose, of the second, and
 * clients that know both. RUNS (5), OUT (docs/benchmarks/several-vips.json).
 */
const runs = Number(process.env['RUNS'] ?? 5);
const out = process.env['OUT'] ?? 'docs/benchmarks/several-vips.json';

const vips = ['172.16.100.100', '172.16.100.101'] as const;
const ratePerSecond = 50;
const seconds = 6;

const proberPath = fileURLToPath(new URL('../../dist/drill/prober/main.js', import.meta.url));
const clientPath = fileURLToPath(new URL('client.mjs', import.meta.url));

interface Figures {
  readonly requests: number;
  readonly failed: number;
  readonly slowestMs: number;
}

interface Both {
  readonly node: Figures;
  readonly curl: Figures;
}

/** Where one node holds both, it gives the second one up for a moment. */
async function spread(bench: Bench): Promise<readonly [string, string]> {
  for (let tries = 0; tries < 5; tries += 1) {
    const [first = '', second = ''] = vips.map((vip) => holdersOf(bench, vip)[0]);
    if (first !== '' && second !== '' && first !== second) return [first, second];
    if (second !== '')
      bench.on(second, 'cd /run/k8s-ha && echo 1 >yield-K8S_API_2 && sleep 1 && echo 0 >yield-K8S_API_2');
    await sleep(3000);
  }
  throw new Error('the VIPs are not on two nodes');
}

async function probe(bench: Bench, host: string) {
  return startProber(
    {
      host,
      port: 7443,
      servername: 'kubernetes',
      caPem: readFileSync(bench.state.caFile, 'utf8'),
      path: '/version',
      ratePerSecond,
      timeoutMs: 5000,
    },
    { wrap: labClient(bench.lab).argvPrefix, program: proberPath },
  );
}

function askBoth(bench: Bench): Promise<Both> {
  return new Promise((resolve, reject) => {
    const [program = '', ...args] = [
      ...labClient(bench.lab).argvPrefix,
      process.execPath,
      clientPath,
      bench.state.caFile,
      String(seconds),
      ...vips,
    ];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.on('error', reject).on('close', () => {
      resolve(JSON.parse(said));
    });
  });
}

it('measures what clients of one address and of both lose with a node', async () => {
  const bench = await createBench('vips');
  try {
    const applied = await bench.cli(['apply', bench.clusterFile('vips.yaml'), '--yes']);
    if (applied.rc !== 0) throw new Error(applied.stderr);
    const rows = [];
    for (let run = 0; run < runs; run += 1) {
      const [lost] = await spread(bench);
      const probers = [await probe(bench, vips[0]), await probe(bench, vips[1])] as const;
      const both = askBoth(bench);
      await sleep(2000);
      await labPowerOff(bench.lab, lost);
      const clientsOfBoth = await both;
      const [first, second] = await Promise.all(probers.map(async (prober) => (await prober.stop()).samples));
      const figures = (samples = first): { outageMs: number; failed: number; slow: number; valid: boolean } => {
        const { outageMs, failed, slow, valid } = outage(samples ?? [], { ratePerSecond });
        return { outageMs: Math.round(outageMs), failed, slow, valid };
      };
      rows.push({ lost, first: figures(first), second: figures(second), both: clientsOfBoth });
      await labPowerOn(bench.lab, lost);
      await sleep(8000);
    }
    const summary = {
      firstOutageMs: median(rows.map(({ first }) => first.outageMs)),
      secondOutageMs: median(rows.map(({ second }) => second.outageMs)),
      nodeSlowestMs: median(rows.map(({ both }) => both.node.slowestMs)),
      nodeFailed: rows.reduce((sum, { both }) => sum + both.node.failed, 0),
      curlSlowestMs: median(rows.map(({ both }) => both.curl.slowestMs)),
      curlFailed: rows.reduce((sum, { both }) => sum + both.curl.failed, 0),
    };
    writeFileSync(out, `${JSON.stringify({ date: new Date().toISOString(), runs, summary, rows }, undefined, 1)}\n`);
    process.stderr.write(`${JSON.stringify(summary)}\n`);
    expect(rows).toHaveLength(runs);
  } finally {
    await bench.down();
  }
}, 3_600_000);
