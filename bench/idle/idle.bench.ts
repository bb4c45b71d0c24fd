import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { buildProgram, type Target } from '../../src/lab/kubernetes/build.ts';
import { createRunner } from '../../src/lab/process.ts';
import type { Bench } from '../../test/e2e/support/bench.ts';
import { createKubernetesBench } from '../../test/e2e/support/kubernetes.ts';
import { settled } from '../support/cluster.ts';
import { moveEtcdLeaderFrom } from '../kube-vip/leader.ts';
import { changes, idleClients, informer, kubectlWatch, type Watcher } from './clients.ts';
import { contendersOf, faults, type Contender, type Fault } from './contenders.ts';

/**
 * When clients know that their connections are gone, on real Kubernetes: 1,000 idle TCP connections, `kubectl get --watch` and
 * client-go's informer at their default timers, for k8s-ha with and without `tellClients`, and for kube-vip.
 * RUNS (3), OTHERS (how many of them without `tellClients`), CLIENTS (1000), ONLY (a fault), WHO (a part of a contender's name), OUT (docs/benchmarks/idle.json).
 */
const runs = Number(process.env['RUNS'] ?? 3);
const clients = Number(process.env['CLIENTS'] ?? 1000);
/** Those that are not told take a minute for each fault. */
const othersRuns = Number(process.env['OTHERS'] ?? runs);
const only = process.env['ONLY'] ?? '';
const who = process.env['WHO'] ?? '';
const out = process.env['OUT'] ?? 'docs/benchmarks/idle.json';

/** Longer than client-go's own pings take to notice. */
const watchedMs = 60_000;

const informerTarget: Target = {
  program: 'informer',
  module: 'kubernetes',
  path: './informer',
  flags: '-s -w',
};

/** What one kind of client knew, after the fault and after the VIP's move, in milliseconds. */
interface Heard {
  /** The longest time without a change of the object, which changes five times a second. */
  readonly staleMs: number;
  /** The program itself ended; it was started again. */
  readonly ended: number;
}

interface Row {
  readonly contender: string;
  readonly fault: string;
  readonly run: number;
  readonly failure?: string;
  /** From the fault to the VIP on another node; absent where it stayed. */
  readonly movedMs?: number | undefined;
  /** How many idle connections ended within the time that was watched. */
  readonly knew?: number;
  readonly afterFaultMs?: Spread | undefined;
  readonly afterMoveMs?: Spread | undefined;
  readonly kubectl?: Heard;
  readonly informer?: Heard;
  /** The longest time without an acknowledged change: nobody can hear what was not made. */
  readonly notChangedMs?: number;
  readonly load?: number;
}

interface Spread {
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
}

function spread(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return sorted.length === 0 ? undefined : { median: at(0.5), p99: at(0.99), longest: at(1) };
}

/** The longest time between two of these moments from then on, the end included. */
function longestGap(moments: readonly number[], fromMs: number, toMs: number): number {
  const after = moments.filter((moment) => moment > fromMs && moment < toMs);
  const before = moments.findLast((moment) => moment <= fromMs) ?? fromMs;
  return [...after, toMs].reduce(({ last, gap }, moment) => ({ last: moment, gap: Math.max(gap, moment - last) }), {
    last: before,
    gap: 0,
  }).gap;
}

function heard({ heardMs, endedMs }: Watcher, fromMs: number, toMs: number): Heard {
  return { staleMs: longestGap(heardMs, fromMs, toMs), ended: endedMs.filter((moment) => moment > fromMs).length };
}

async function measured(bench: Bench, program: string, contender: Contender, fault: Fault): Promise<Partial<Row>> {
  const node = await settled(bench, contender.address.host, contender.address.port);
  moveEtcdLeaderFrom(bench, node);
  const others = bench.state.nodes.filter(({ name }) => name !== node).map(({ address }) => address);
  const changed = changes(bench, 'changes', others);
  while (changed.heardMs.length < 3) await sleep(100);
  const idle = await idleClients(bench, contender.address, clients, watchedMs / 1000 + 10);
  const watchers = [kubectlWatch(bench, contender.address, 'changes'), informer(bench, program, contender.address)];
  try {
    // The other nodes hear of the last connections.
    await sleep(3000);
    if (watchers.some(({ heardMs }) => heardMs.length < 3)) throw new Error('a watcher hears nothing');
    const moves = bench.watchHolders(contender.address.host);
    const fromMs = Date.now();
    await fault.inject(bench, contender, node);
    const toMs = fromMs + watchedMs;
    const done = async (): Promise<void> => {
      while (Date.now() < toMs) await sleep(100);
    };
    // Where all know already, the rest of the time shows nothing new.
    const all = idle.ended.then(async () => sleep(10_000));
    await Promise.race([done(), all]);
    const nowMs = Math.min(Date.now(), toMs);
    const taken = moves.taken().find((each) => each.node !== node && each.atMs >= fromMs)?.atMs;
    await moves.stop();
    const [kubectl, informed] = watchers.map((each) => heard(each, fromMs, nowMs));
    const ended = await idle.ended;
    const known = ended.filter((moment) => moment <= toMs);
    return {
      movedMs: taken === undefined ? undefined : taken - fromMs,
      knew: known.length,
      afterFaultMs: spread(known.map((moment) => moment - fromMs)),
      afterMoveMs: taken === undefined ? undefined : spread(known.map((moment) => moment - taken)),
      ...(kubectl && { kubectl }),
      ...(informed && { informer: informed }),
      notChangedMs: longestGap(changed.heardMs, fromMs, nowMs),
      load: loadavg()[0] ?? 0,
    };
  } finally {
    for (const each of [...watchers, changed]) each.stop();
    idle.kill();
    await fault.heal(bench, contender, node);
  }
}

it('measures when idle clients know', async () => {
  const bench = await createKubernetesBench('idle');
  const rows: Row[] = [];
  try {
    await buildProgram(createRunner('go'), informerTarget, bench.folder, () => undefined);
    const program = join(bench.folder, informerTarget.program);
    const contenders = contendersOf(bench).filter(({ name }) => name.includes(who));
    for (let run = 1; run <= runs; run += 1)
      for (const contender of contenders.filter(({ tells }) => tells || run <= othersRuns)) {
        await contender.start();
        for (const fault of faults.filter(({ name }) => name.includes(only))) {
          const row = await measured(bench, program, contender, fault).catch((error: unknown) => ({
            failure: String(error),
          }));
          rows.push({ contender: contender.name, fault: fault.name, run, ...row });
          process.stdout.write(`${JSON.stringify(rows.at(-1))}\n`);
          writeFileSync(out, `${JSON.stringify({ date: new Date().toISOString(), clients, rows }, undefined, 1)}\n`);
        }
        contender.stop();
      }
  } finally {
    await bench.down();
  }
  expect(rows.filter(({ failure }) => failure !== undefined)).toEqual([]);
}, 7_200_000);
