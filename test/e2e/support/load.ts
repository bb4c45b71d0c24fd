import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { requestLoss } from '../../../src/drill/measure/loss.ts';
import { outage } from '../../../src/drill/measure/outage.ts';
import { monotonicMs, type ProbeSample, type WriteAudit } from '../../../src/drill/measure/probe.ts';
import { startProber } from '../../../src/drill/prober/start.ts';
import { labClient } from '../../../src/lab/lab.ts';
import type { Bench } from './bench.ts';

/** How much of each: a second, and watches at once. */
export interface Rates {
  readonly connects: number;
  readonly requests: number;
  readonly writes: number;
  readonly watches: number;
}

/** On a machine that is short of processors the stand-in API servers then miss HAProxy's checks, which says nothing of a rollout. */
export const fullRates: Rates = { connects: 100, requests: 50, writes: 20, watches: 200 };

/** What two shared cores carry beside the cluster and the rollout itself. */
const shared: Rates = { connects: 40, requests: 20, writes: 5, watches: 40 };

/** Every write is an event for every watch. */
const everyLease = '/apis/coordination.k8s.io/v1/leases';

/** The watchers tell five times a second. */
const watchersTellMs = 400;
const watchersPath = fileURLToPath(new URL('watchers.mjs', import.meta.url));
const proberPath = fileURLToPath(new URL('../../../dist/drill/prober/main.js', import.meta.url));

/** What clients lost between two marks. */
export interface Lost {
  /** New connections that failed. */
  readonly connects: number;
  /** Requests on kept connections that failed. */
  readonly requests: number;
  /** Writes that were not acknowledged. */
  readonly writes: number;
  readonly watches: number;
  /** The longest time in which no new connection was served promptly. */
  readonly outageMs: number;
  readonly probes: number;
  /** What failed, in the order in which it was sent: milliseconds since the mark, and how many in that second, by kind and outcome. */
  readonly when: readonly string[];
}

/** Clients of the first VIP: new TLS connections, requests on kept ones, acknowledged writes, and watches. */
export interface Load {
  /** Waits until every watch is open. */
  settled(): Promise<void>;
  mark(): Mark;
  lostSince(mark: Mark): Promise<Lost>;
  /** Ends it and reads every acknowledged write back. */
  stop(): Promise<WriteAudit | undefined>;
}

export interface Mark {
  readonly atMs: number;
  readonly watchesLost: number;
}

export async function startLoad(
  bench: Bench,
  vip: string,
  {
    port = 7443,
    rates = process.env['LOAD'] === 'full' ? fullRates : shared,
    watched = everyLease,
  }: { readonly port?: number; readonly rates?: Rates; readonly watched?: string } = {},
): Promise<Load> {
  const { argvPrefix } = labClient(bench.lab);
  const prober = await startProber(
    {
      host: vip,
      port,
      servername: 'kubernetes',
      caPem: readFileSync(bench.state.caFile, 'utf8'),
      path: '/version',
      ratePerSecond: rates.connects,
      timeoutMs: 3000,
      keptAlivePerSecond: rates.requests,
      writes: { ratePerSecond: rates.writes, namespace: 'default', prefix: `load-${process.pid}` },
    },
    { wrap: argvPrefix, program: proberPath },
  );
  const argv = [
    ...argvPrefix,
    process.execPath,
    watchersPath,
    vip,
    String(port),
    String(rates.watches),
    bench.state.caFile,
    `${watched}?watch=1`,
  ];
  const [program = '', ...args] = argv;
  const watchers = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let [open, lost] = [0, 0];
  createInterface({ input: watchers.stdout }).on('line', (line) => {
    [open = 0, lost = 0] = line.split(' ').map(Number);
  });
  const settled = async (): Promise<void> => {
    await expect.poll(() => open, { timeout: 40_000, interval: 100 }).toBe(rates.watches);
  };
  return {
    settled,
    mark: () => ({ atMs: monotonicMs(), watchesLost: lost }),
    lostSince: async ({ atMs, watchesLost }) => {
      const untilMs = monotonicMs();
      await pause(watchersTellMs);
      await expect.poll(() => answeredUntil(prober.samples, untilMs), { timeout: 10_000, interval: 50 }).toBe(true);
      const { samples } = prober;
      const loss = outage(
        samples.filter(({ kind }) => kind === 'connect'),
        { ratePerSecond: rates.connects, fromMs: atMs, toMs: untilMs },
      );
      const of = (kind: 'request' | 'write'): number =>
        requestLoss(
          samples.filter((sample) => sample.kind === kind),
          atMs,
          untilMs,
        ).failed;
      return {
        connects: loss.failed,
        requests: of('request'),
        writes: of('write'),
        watches: lost - watchesLost,
        outageMs: loss.outageMs,
        probes: loss.probes,
        when: failures(samples, atMs, untilMs),
      };
    },
    stop: async () => {
      watchers.kill('SIGKILL');
      const { audit, failure } = await prober.stop();
      if (failure !== undefined) throw new Error(failure);
      return audit;
    },
  };
}

function failures(samples: readonly ProbeSample[], fromMs: number, untilMs: number): readonly string[] {
  const counts = new Map<string, number>();
  for (const { kind, sentMs, outcome } of samples.toSorted((a, b) => a.sentMs - b.sentMs))
    if (outcome !== 'ok' && sentMs >= fromMs && sentMs <= untilMs) {
      const key = `${Math.floor((sentMs - fromMs) / 1000)} s: ${kind} ${outcome}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  return [...counts].map(([key, count]) => `${key} × ${count}`);
}

/** Whether each probe that was due by then has its answer, or has none in time. Probes are numbered as they are due. */
function answeredUntil(samples: readonly ProbeSample[], untilMs: number): boolean {
  return (['connect', 'request', 'write'] as const).every((kind) => {
    const ours = samples.filter((sample) => sample.kind === kind);
    const later = ours.filter(({ sentMs }) => sentMs > untilMs).map(({ index }) => index);
    const first = Math.min(...later);
    return later.length > 0 && ours.filter(({ index }) => index < first).length === first;
  });
}

async function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
