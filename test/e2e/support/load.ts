import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { requestLoss } from '../../../src/drill/measure/loss.ts';
import { defaultPromptMs } from '../../../src/cluster/disruption.ts';
import { outage, type OutageWindow } from '../../../src/drill/measure/outage.ts';
import { monotonicMs, type ProbeSample, type WriteAudit } from '../../../src/drill/measure/probe.ts';
import { labClient } from '../../../src/lab/lab.ts';
import type { Bench } from './bench.ts';
import { startGoClients, type GoClients } from './go-clients.ts';
import { nodeClients, type Playing } from './playing.ts';

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
const shared: Rates = { connects: 40, requests: 20, writes: 4, watches: 20 };

/** Every write is an event for every watch. */
const everyLease = '/apis/coordination.k8s.io/v1/leases';

/** The watchers tell five times a second. */
const watchersTellMs = 400;

/** What clients lost between two marks. */
export interface Lost {
  /** New connections that failed. */
  readonly connects: number;
  /** Requests on kept connections that failed. */
  readonly requests: number;
  /** Writes that were not acknowledged. */
  readonly writes: number;
  readonly watches: number;
  /** The longest time in which no new connection was served promptly, and when it began: milliseconds since the mark. */
  readonly outageMs: number;
  readonly outageAtMs: number | undefined;
  readonly probes: number;
  /** How much later than due one of them was sent, at most: the clients' own fault. */
  readonly latenessMs: number;
  /** What failed or was late, and where it waited: milliseconds since the mark, and how many in that second. */
  readonly when: readonly (readonly [atMs: number, what: string])[];
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

export interface LoadOptions {
  readonly port?: number;
  readonly rates?: Rates;
  readonly watched?: string;
  /** Has this process play them, which ends with them. Where nothing is said, full rates take one of their own. */
  readonly clients?: GoClients;
}

export async function startLoad(
  bench: Bench,
  vip: string,
  { port = 7443, rates, watched = everyLease, clients }: LoadOptions = {},
): Promise<Load> {
  const { caFile } = bench.state;
  const wrap = labClient(bench.lab).argvPrefix;
  const full = process.env['LOAD'] === 'full';
  const { connects, requests, writes, watches } = rates ?? (full ? fullRates : shared);
  const config = {
    host: vip,
    port,
    servername: 'kubernetes',
    caPem: readFileSync(caFile, 'utf8'),
    path: '/version',
    ratePerSecond: connects,
    timeoutMs: 3000,
    keptAlivePerSecond: requests,
    writes: { ratePerSecond: writes, namespace: 'default', prefix: `load-${process.pid}` },
  };
  const watching = { count: watches, path: `${watched}?watch=1` };
  const go = clients ?? (rates === undefined && full ? startGoClients(wrap) : undefined);
  return loadOf(
    await (go ? go.play(config, watching) : nodeClients(config, watching, { wrap, caFile })),
    connects,
    watches,
  );
}

function loadOf(playing: Playing, connects: number, watches: number): Load {
  const settled = async (): Promise<void> => {
    await expect.poll(() => playing.watches().open, { timeout: 40_000, interval: 100 }).toBe(watches);
  };
  return {
    settled,
    mark: () => ({ atMs: monotonicMs(), watchesLost: playing.watches().lost }),
    lostSince: async ({ atMs, watchesLost }) => {
      const untilMs = monotonicMs();
      await pause(watchersTellMs);
      await expect.poll(() => answeredUntil(playing.samples, untilMs), { timeout: 10_000, interval: 50 }).toBe(true);
      const samples = playing.samples.filter(({ sentMs }) => sentMs >= atMs && sentMs <= untilMs);
      const of = (kind: ProbeSample['kind']): readonly ProbeSample[] =>
        samples.filter((sample) => sample.kind === kind);
      const failed = (kind: 'request' | 'write'): number => requestLoss(of(kind), atMs, untilMs).failed;
      const loss = outage(of('connect'), { ratePerSecond: connects, fromMs: atMs, toMs: untilMs });
      return {
        connects: loss.failed,
        requests: failed('request'),
        writes: failed('write'),
        watches: playing.watches().lost - watchesLost,
        outageMs: loss.outageMs,
        outageAtMs: began(loss.windows, loss.outageMs, atMs),
        probes: loss.probes,
        latenessMs: Math.max(0, ...samples.map(({ latenessMs }) => latenessMs)),
        when: failures(samples, atMs),
      };
    },
    stop: async () => {
      const { audit, failure } = await playing.stop();
      if (failure !== undefined) throw new Error(failure);
      return audit;
    },
  };
}

function failures(samples: readonly ProbeSample[], fromMs: number): Lost['when'] {
  const groups = new Map<string, ProbeSample[]>();
  for (const sample of samples.toSorted((a, b) => a.sentMs - b.sentMs)) {
    const { kind, outcome, sentMs, doneMs } = sample;
    if (outcome === 'ok' && doneMs - sentMs <= defaultPromptMs) continue;
    const key = `${Math.floor((sentMs - fromMs) / 1000)} ${kind} ${nameOf(sample)}`;
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first, last] = [group[0], group.at(-1)];
    if (!first || !last) return [];
    const worstMs = Math.max(...group.map(({ sentMs, doneMs }) => doneMs - sentMs));
    const sent = `sent ${inSeconds(first.sentMs - fromMs)} to ${inSeconds(last.sentMs - fromMs)}`;
    return [
      [first.sentMs - fromMs, `${group.length} × ${first.kind} ${nameOf(first)}, ${sent}, up to ${inSeconds(worstMs)}`],
    ];
  });
}

function began(windows: readonly OutageWindow[], longestMs: number, fromMs: number): number | undefined {
  const longest = windows.find(({ lostFromMs, endMs }) => endMs - lostFromMs === longestMs);
  return longest && longest.lostFromMs - fromMs;
}

/** How it ended, and the longest of its waits. */
function nameOf({ kind, sentMs, tcpMs, tlsMs, doneMs, outcome }: ProbeSample): string {
  const how = outcome === 'ok' ? 'late' : outcome;
  if (kind !== 'connect') return how;
  const waits = [
    ['for TCP', (tcpMs ?? doneMs) - sentMs],
    ['for TLS', (tlsMs ?? doneMs) - (tcpMs ?? doneMs)],
    ['for the answer', doneMs - (tlsMs ?? doneMs)],
  ] as const;
  return `${how} ${waits.reduce((a, b) => (b[1] > a[1] ? b : a))[0]}`;
}

function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
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
