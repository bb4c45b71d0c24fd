import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { rollingRestart } from '../../src/act/verbs/restart.ts';
import { loadFile } from '../../src/cluster-file.ts';
import { labClient } from '../../src/lab/lab.ts';
import { withLock } from '../../src/lock/lock.ts';
import { sshHosts } from '../../src/observe/hosts.ts';
import { createBench, type Bench } from '../../test/e2e/support/bench.ts';
import { startGoClients, type GoClients } from '../../test/e2e/support/go-clients.ts';
import { keptClients } from '../../test/e2e/support/kept-clients.ts';
import type { KeptReport } from '../../test/e2e/support/kept-report.ts';
import { good } from '../../test/e2e/support/killed.ts';
import { fullRates, startLoad, type Load, type Lost, type Rates } from '../../test/e2e/support/load.ts';
import { bump } from '../../test/e2e/support/packages.ts';
import { holdersOf } from '../support/cluster.ts';

/**
 * What clients notice of each planned move with `failover.keepConnections`: 100 new TLS connections, 50 requests and 20 acknowledged
 * writes a second, 200 watches, and 200 kept connections (100 for each VIP) that send a request every 50 ms.
 * All of them are played by one program of Go, which says how late it was itself (`latenessMs`). Needs Go.
 * RUNS (10), VERBS (all), PART (1, of that load), OUT (docs/benchmarks/moves.json). `nothing` is the same load while nothing is done.
 */
const runs = Number(process.env['RUNS'] ?? 10);
const out = process.env['OUT'] ?? 'docs/benchmarks/moves.json';

const vips = ['172.16.100.100', '172.16.100.101'] as const;
const part = Number(process.env['PART'] ?? 1);
const keptForEach = 100 * part;
const rates: Rates = {
  connects: fullRates.connects * part,
  requests: fullRates.requests * part,
  writes: fullRates.writes * part,
  watches: fullRates.watches * part,
};

/** API servers that have just got all their clients are slow for seconds; HAProxy takes one that is late twice for dead. */
const warmUpMs = 15_000;

interface Row {
  readonly verb: string;
  readonly run: number;
  readonly lost: Lost;
  readonly kept: readonly KeptReport[];
  readonly load: number;
}

/**
 * The tool and its ssh leave the processors to the cluster and its clients: elsewhere they are on a machine of their own. What they
 * start on the nodes does not.
 */
async function fromElsewhere(work: () => Promise<void>): Promise<void> {
  setPriority(19);
  try {
    await work();
  } finally {
    setPriority(0);
  }
}

/** What a verb is measured under. */
interface Under {
  readonly load: Load;
  readonly clients: GoClients;
}

type Verb = (run: number) => Promise<void>;

/** What the drill `restarted` does, without the load that a drill brings with it. */
async function restartAll(bench: Bench, file: string): Promise<void> {
  const { spec, findings } = loadFile(readFileSync(file, 'utf8'), file);
  if (!spec) throw new Error(JSON.stringify(findings));
  const hosts = sshHosts(spec, { configFile: bench.state.sshConfig });
  try {
    const locked = await withLock(hosts, { verb: 'drill' }, {}, async ({ owner }) =>
      rollingRestart(spec, hosts, owner, { signal: new AbortController().signal, onEvent: () => undefined }),
    );
    expect(locked).toEqual({ ok: true, value: [] });
  } finally {
    await Promise.all(hosts.map(async (host) => host.close()));
  }
}

/** In this order: a drained VIP shares its new holder with another, and `spread` moves one of them. */
function verbsOf(bench: Bench, files: readonly string[]): Readonly<Record<string, Verb>> {
  const fileOf = (run: number): string => files[run % files.length] ?? '';
  return {
    nothing: async () => sleep(8000),
    drained: async (run) => {
      const [node = ''] = holdersOf(bench, vips[0]);
      await good(bench, ['drain', fileOf(run), node, '--sessions', '0']);
      await good(bench, ['undrain', fileOf(run), node]);
      expect(holdersOf(bench, vips[0])).not.toContain(node);
    },
    spread: async (run) => {
      await good(bench, ['spread', fileOf(run), '--yes']);
      expect(new Set(vips.flatMap((vip) => holdersOf(bench, vip))).size).toBe(2);
    },
    restarted: async (run) => restartAll(bench, fileOf(run)),
    // To the other file: every node gets other timers.
    apply: async (run) => good(bench, ['apply', fileOf(run + 1), '--yes']),
    upgrade: async (run) => {
      await good(bench, ['upgrade', fileOf(run + 1), '--yes']);
      for (const { name } of bench.state.nodes)
        expect(bench.on(name, "dpkg-query -W -f '${Version}' haproxy")).toContain(`+k8sha${run}`);
    },
  };
}

async function measured(bench: Bench, { load, clients }: Under, name: string, verb: Verb, run: number): Promise<Row> {
  await load.settled();
  const kept = await Promise.all(vips.map(async (vip) => keptClients(bench, vip, keptForEach, { clients })));
  await sleep(2000);
  for (const clients of kept) clients.mark();
  const mark = load.mark();
  await fromElsewhere(async () => verb(run));
  await sleep(500);
  const lost = await load.lostSince(mark);
  const reports = await Promise.all(kept.map(async (clients) => clients.stop()));
  return { verb: name, run, lost, kept: reports, load: loadavg()[0] ?? 0 };
}

it('measures planned moves', async () => {
  const bench = await createBench('moves-bench');
  const rows: Row[] = [];
  const audits: { readonly run: number; readonly acknowledged: number; readonly lost: number }[] = [];
  try {
    const files = [500, 700].map((target) =>
      bench.clusterFile(`${target}.yaml`, (text) =>
        text.replace('target: 500ms', `target: ${target}ms\n  keepConnections: true\n  tellClients: true`),
      ),
    );
    const verbs = verbsOf(bench, files);
    const wanted = (process.env['VERBS'] ?? Object.keys(verbs).join(' ')).split(' ');
    await good(bench, ['apply', files[1] ?? '', '--yes']);
    for (let run = 1; run <= runs; run += 1) {
      if (wanted.includes('upgrade')) await bump(bench, ['haproxy', 'keepalived'], `+k8sha${run}`);
      const clients = startGoClients(labClient(bench.lab).argvPrefix);
      const load = await startLoad(bench, vips[0], { rates, clients });
      await load.settled();
      await sleep(warmUpMs);
      for (const name of wanted) {
        const verb = verbs[name];
        if (!verb) throw new Error(`there is no verb ${name}`);
        rows.push(await measured(bench, { load, clients }, name, verb, run));
        process.stdout.write(`${JSON.stringify(rows.at(-1))}\n`);
      }
      const audit = await load.stop();
      audits.push({ run, acknowledged: audit?.acknowledged ?? 0, lost: audit?.lost.length ?? 0 });
      writeFileSync(out, `${JSON.stringify({ date: new Date().toISOString(), rows, audits }, undefined, 1)}\n`);
    }
  } finally {
    await bench.down();
  }
  expect(rows.length).toBeGreaterThan(0);
}, 7_200_000);
