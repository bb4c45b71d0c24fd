import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createBench, type Bench } from '../../test/e2e/support/bench.ts';
import { keptClients, type KeptReport } from '../../test/e2e/support/kept-clients.ts';
import { good } from '../../test/e2e/support/killed.ts';
import { fullRates, startLoad, type Lost } from '../../test/e2e/support/load.ts';
import { bump } from '../../test/e2e/support/packages.ts';

/**
 * What clients notice of each planned move with `failover.keepConnections`: 100 new TLS connections, 50 requests and 20 acknowledged
 * writes a second, 200 watches, and 200 kept connections (100 for each VIP) that send a request every 50 ms.
 * RUNS (10), VERBS (all), OUT (docs/benchmarks/moves.json). `nothing` is the same load while nothing is done.
 */
const runs = Number(process.env['RUNS'] ?? 10);
const out = process.env['OUT'] ?? 'docs/benchmarks/moves.json';

const vips = ['172.16.100.100', '172.16.100.101'] as const;
const keptForEach = 100;

interface Row {
  readonly verb: string;
  readonly run: number;
  readonly lost: Lost;
  readonly writesLost: number;
  readonly kept: readonly KeptReport[];
  readonly load: number;
}

interface Verb {
  /** Before clients connect. */
  readonly before?: (run: number) => Promise<void>;
  readonly during: (run: number) => Promise<void>;
  /** After the clients have ended. */
  readonly after?: () => Promise<void>;
}

function holderOf(bench: Bench, vip: string): string {
  return (
    bench.state.nodes.find(({ name }) => bench.on(name, `ip -o address show dev eth0 to ${vip}`) !== '')?.name ?? ''
  );
}

function verbsOf(bench: Bench): Readonly<Record<string, Verb>> {
  const targets = [500, 700].map((target) =>
    bench.clusterFile(`${target}.yaml`, (text) =>
      text.replace('target: 500ms', `target: ${target}ms\n  keepConnections: true\n  tellClients: true`),
    ),
  );
  const [file = ''] = targets;
  return {
    nothing: { during: async () => sleep(8000) },
    drained: {
      during: async () => {
        const node = holderOf(bench, vips[0]);
        await good(bench, ['drain', file, node, '--sessions', '0']);
        await good(bench, ['undrain', file, node]);
      },
    },
    spread: {
      before: async () => {
        const node = holderOf(bench, vips[0]);
        await good(bench, ['drain', file, node, '--sessions', '0']);
        await good(bench, ['undrain', file, node]);
      },
      during: async () => {
        const ran = await bench.cli(['spread', file, '--yes']);
        expect(ran.rc, ran.stderr).toBe(0);
        expect(new Set(vips.map((vip) => holderOf(bench, vip))).size).toBe(2);
      },
    },
    restarted: {
      during: async () => {
        const ran = await bench.cli(['drill', file, 'restarted', '--rate', '10', '--yes', '--vip', vips[0]]);
        expect(ran.stdout + ran.stderr).toContain('restarted');
      },
    },
    apply: {
      during: async () => {
        await good(bench, ['apply', targets[1] ?? '', '--yes']);
      },
      after: async () => {
        await good(bench, ['apply', file, '--yes']);
      },
    },
    upgrade: {
      before: async (run) => bump(bench, ['haproxy', 'keepalived'], `+k8sha${run}`),
      during: async (run) => {
        await good(bench, ['upgrade', file, '--yes']);
        for (const { name } of bench.state.nodes)
          expect(bench.on(name, "dpkg-query -W -f '${Version}' haproxy")).toContain(`+k8sha${run}`);
      },
    },
  };
}

async function measured(bench: Bench, verb: string, { before, during, after }: Verb, run: number): Promise<Row> {
  await before?.(run);
  const load = await startLoad(bench, vips[0], { rates: fullRates });
  await load.settled();
  const kept = await Promise.all(vips.map(async (vip) => keptClients(bench, vip, keptForEach)));
  await sleep(2000);
  for (const clients of kept) clients.mark();
  const mark = load.mark();
  await during(run);
  await sleep(500);
  const lost = await load.lostSince(mark);
  const reports = await Promise.all(kept.map(async (clients) => clients.stop()));
  const audit = await load.stop();
  await after?.();
  return { verb, run, lost, writesLost: audit?.lost.length ?? 0, kept: reports, load: loadavg()[0] ?? 0 };
}

it('measures planned moves', async () => {
  const bench = await createBench('moves-bench');
  const rows: Row[] = [];
  try {
    const verbs = verbsOf(bench);
    const wanted = (process.env['VERBS'] ?? Object.keys(verbs).join(' ')).split(' ');
    await good(bench, [
      'apply',
      bench.clusterFile('first.yaml', (text) =>
        text.replace('target: 500ms', 'target: 500ms\n  keepConnections: true\n  tellClients: true'),
      ),
      '--yes',
    ]);
    for (let run = 1; run <= runs; run += 1)
      for (const name of wanted) {
        const verb = verbs[name];
        if (!verb) throw new Error(`there is no verb ${name}`);
        rows.push(await measured(bench, name, verb, run));
        process.stdout.write(`${JSON.stringify(rows.at(-1))}\n`);
        writeFileSync(out, `${JSON.stringify({ date: new Date().toISOString(), rows }, undefined, 1)}\n`);
      }
  } finally {
    await bench.down();
  }
  expect(rows.length).toBeGreaterThan(0);
}, 7_200_000);
