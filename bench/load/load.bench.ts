import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { labClient } from '../../src/lab/lab.ts';
import { createBench, type Bench } from '../../test/e2e/support/bench.ts';
import { holdersOf } from '../support/cluster.ts';
import { median } from '../support/figures.ts';

/**
 * What HAProxy as rendered costs, against a direct connection and against a HAProxy tuned by hand for nothing but speed.
 * Needs wrk (Debian package). RUNS (5), SECONDS (5), WATCHES, OUT (docs/benchmarks/load.json). Each watch costs HAProxy two
 * files: with the usual hard limit of 20,000 it takes 9,285, so 9,000 are opened where nothing else is said.
 */
const runs = Number(process.env['RUNS'] ?? 5);
const seconds = Number(process.env['SECONDS'] ?? 5);
const watches = Number(process.env['WATCHES'] ?? 9000);
const out = process.env['OUT'] ?? 'docs/benchmarks/load.json';

const vip = '172.16.100.100';
const tunedPort = 9443;

/**
 * No checks, no logs, no stickiness, splicing: what can be left out is. With splicing HAProxy wants two and a half files for
 * each connection of maxconn, and does not start where the hard limit (20,000 here) is less.
 */
function tuned(bench: Bench): string {
  return `global
    maxconn 4000
    nbthread 2
    tune.bufsize 8192
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    option splice-auto
listen tuned
    bind *:${tunedPort}
    balance roundrobin
${bench.state.nodes.map(({ name, address }) => `    server ${name} ${address}:6443`).join('\n')}
`;
}

interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

function ms(text: string): number {
  const [, value = '0', unit = 'ms'] = /([\d.]+)(us|ms|s)/.exec(text) ?? [];
  return Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit as 'us' | 'ms' | 's'];
}

/** wrk on kept connections, or with a new connection for each request. */
function wrk(bench: Bench, host: string, port: number, kept: boolean): Figures {
  const argv = [
    ...labClient(bench.lab).argvPrefix,
    'wrk',
    '--latency',
    '-t',
    '1',
    '-c',
    kept ? '16' : '8',
    '-d',
    `${seconds}s`,
    ...(kept ? [] : ['-H', 'Connection: close']),
    `https://${host}:${port}/version`,
  ];
  const [program = '', ...args] = argv;
  const { stdout } = spawnSync(program, args, { encoding: 'utf8', timeout: (seconds + 30) * 1000 });
  const perSecond = Number(/Requests\/sec: +([\d.]+)/.exec(stdout)?.[1]);
  if (Number.isNaN(perSecond)) throw new Error(`wrk has no figures for ${host}:${port}: ${stdout}`);
  return {
    perSecond,
    p50Ms: ms(/50% +(\S+)/.exec(stdout)?.[1] ?? ''),
    p99Ms: ms(/99% +(\S+)/.exec(stdout)?.[1] ?? ''),
  };
}

/** Resident memory of all HAProxy processes of the unit, in KiB. */
function memoryKiB(bench: Bench, node: string): number {
  return bench
    .on(
      node,
      `for pid in $(cat /sys/fs/cgroup/systemd/*/k8s-ha-haproxy.service/cgroup.procs 2>/dev/null || pgrep -x haproxy); do grep VmRSS /proc/$pid/status; done`,
    )
    .split('\n')
    .reduce((sum, line) => sum + Number(/(\d+) kB/.exec(line)?.[1] ?? 0), 0);
}

function openWatches(child: ChildProcess): () => number {
  let open = 0;
  child.stdout?.on('data', (chunk: Buffer) => (open = Number(chunk.toString().trim().split('\n').at(-1))));
  return () => open;
}

async function until(reached: () => boolean, timeoutMs: number): Promise<number> {
  const began = performance.now();
  while (!reached() && performance.now() - began < timeoutMs) await sleep(50);
  return performance.now() - began;
}

it('measures load and watches', async () => {
  const bench = await createBench('load');
  try {
    const applied = await bench.cli(['apply', bench.clusterFile('load.yaml'), '--yes']);
    if (applied.rc !== 0) throw new Error(applied.stderr);
    const [holder = ''] = holdersOf(bench, vip);
    bench.on(
      holder,
      `printf '%s' '${Buffer.from(tuned(bench)).toString('base64')}' | base64 -d >/run/tuned.cfg; systemd-run -q --unit=tuned haproxy -W -db -f /run/tuned.cfg; sleep 1; systemctl is-active tuned || { journalctl -u tuned; exit 1; }`,
    );
    const holderAddress = bench.state.nodes.find(({ name }) => name === holder)?.address ?? '';
    const targets = [
      { name: 'direct', host: holderAddress, port: 6443 },
      { name: 'tuned by hand', host: holderAddress, port: tunedPort },
      { name: 'as rendered', host: vip, port: 7443 },
    ];
    const rows: { target: string; kept: boolean; run: number; figures: Figures }[] = [];
    for (let run = 0; run < runs; run += 1)
      for (const kept of [true, false])
        for (const { name, host, port } of targets)
          rows.push({ target: name, kept, run, figures: wrk(bench, host, port, kept) });
    const summary = targets.flatMap(({ name }) =>
      [true, false].map((kept) => {
        const of = rows.filter((row) => row.target === name && row.kept === kept).map(({ figures }) => figures);
        return {
          target: name,
          kept,
          perSecond: median(of.map((f) => f.perSecond)),
          p50Ms: median(of.map((f) => f.p50Ms)),
          p99Ms: median(of.map((f) => f.p99Ms)),
        };
      }),
    );
    // Within each run, one right after the other: other work on the machine changes both.
    const ofTuned = [true, false].map((kept) => ({
      kept,
      ratio: median(
        rows
          .filter((row) => row.target === 'as rendered' && row.kept === kept)
          .map(({ run, figures }) => {
            const other = rows.find((row) => row.target === 'tuned by hand' && row.kept === kept && row.run === run);
            return figures.perSecond / (other?.figures.perSecond ?? Number.NaN);
          }),
      ),
    }));
    bench.on(holder, 'systemctl stop tuned');

    // Watches: a server on each node that holds them, in place of the stand-in.
    for (const { name } of bench.state.nodes)
      bench.on(
        name,
        `printf '%s' '${readFileSync(new URL('sink.mjs', import.meta.url)).toString('base64')}' | base64 -d >/run/sink.mjs; systemctl stop lab-api-server; systemd-run -q --unit=sink -p LimitNOFILE=20000 /opt/k8s-ha-lab/bin/node /run/sink.mjs`,
      );
    await sleep(3000);
    const [program = '', ...args] = [
      ...labClient(bench.lab).argvPrefix,
      process.execPath,
      '--max-old-space-size=4096',
      new URL('watchers.mjs', import.meta.url).pathname,
      vip,
      '7443',
      String(watches),
      bench.state.caFile,
    ];
    const emptyKiB = memoryKiB(bench, holder);
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const open = openWatches(child);
    const memory: { watches: number; kib: number }[] = [];
    for (let level = watches / 10; level <= watches; level += watches / 10) {
      await until(() => open() >= level, 120_000);
      memory.push({ watches: open(), kib: memoryKiB(bench, holder) - emptyKiB });
    }
    const openedAll = open();
    bench.on(holder, 'systemctl kill -s KILL --kill-who=all k8s-ha-haproxy');
    await until(() => open() < watches / 2, 30_000);
    const lowest = open();
    const backMs = await until(() => open() >= openedAll, 180_000);
    child.kill('SIGKILL');
    writeFileSync(
      out,
      `${JSON.stringify({ date: new Date().toISOString(), runs, seconds, rows, summary, ofTuned, watches: { opened: openedAll, memory, lowest, backMs } }, undefined, 1)}\n`,
    );
    expect(openedAll).toBe(watches);
    expect(open()).toBeGreaterThanOrEqual(0);
  } finally {
    await bench.down();
  }
}, 3_600_000);
