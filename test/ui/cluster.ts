import type { ClusterSpec } from '../../src/cluster/spec.ts';
import { known } from '../../src/core/observed.ts';
import type { HaproxyStats, Sample, ServerStat, WatchEvent } from '../../src/observe/live/model.ts';
import type { Fact, WatchState } from '../../src/judge/live/model.ts';
import { initialState, reduce } from '../../src/judge/live/reduce.ts';
import { instanceSeen } from '../fakes/seen.ts';
import { fakeSpec } from '../fakes/spec.ts';

/** A cluster that is told about in seconds: what a watch would learn, without a machine. */
export const startMs = Date.UTC(2026, 0, 1);

export function atMs(seconds: number): number {
  return startMs + seconds * 1000;
}

export const spec = fakeSpec({}, { vips: 1 });
export const vip = '172.16.100.100';

export function sample(vips: readonly string[] = [], overrides: Partial<Sample> = {}): Sample {
  return {
    vips: known(vips),
    keepalived: 'running',
    haproxy: 'running',
    drain: undefined,
    lock: undefined,
    ...overrides,
  };
}

export function server(name: string, status = 'UP', overrides: Partial<ServerStat> = {}): ServerStat {
  return {
    server: name,
    status,
    sessions: 3,
    sessionRate: 1,
    totalSessions: 100,
    checkMs: 4,
    lastCheck: 'L7OK 200',
    ...overrides,
  };
}

export function stats(
  servers: readonly ServerStat[] = ['cp1', 'cp2', 'cp3'].map((name) => server(name)),
  peersUp = 2,
): HaproxyStats {
  return {
    sessions: 9,
    sessionRate: 3,
    sessionLimit: 9285,
    totalSessions: 300,
    bytesIn: 1000,
    bytesOut: 2000,
    servers,
    peersUp,
  };
}

export function sampled(
  seconds: number,
  node: string,
  vips: readonly string[] = [],
  overrides: Partial<Sample> = {},
): Fact {
  return {
    kind: 'sample',
    node,
    sentMs: atMs(seconds) - 5,
    atMs: atMs(seconds),
    sample: sample(vips, overrides),
  };
}

export function served(seconds: number, node: string, told: HaproxyStats = stats()): Fact {
  return {
    kind: 'haproxy',
    node,
    atMs: atMs(seconds),
    stats: told,
  };
}

export function elected(seconds: number, node: string, state: 'MASTER' | 'BACKUP' | 'FAULT'): Fact {
  return {
    kind: 'instances',
    node,
    atMs: atMs(seconds),
    instances: known([instanceSeen(1, { state })]),
  };
}

/** Everything of every node in one second; `holder` has the VIP. */
export function second(
  seconds: number,
  holder: string,
  nodes: readonly string[] = ['cp1', 'cp2', 'cp3'],
): readonly Fact[] {
  return nodes.flatMap((node) => [
    sampled(seconds, node, node === holder ? [vip] : []),
    served(seconds, node),
    elected(seconds, node, node === holder ? 'MASTER' : 'BACKUP'),
  ]);
}

export function run(
  observations: readonly Fact[],
  { from = initialState(spec, startMs), of = spec }: { from?: WatchState; of?: ClusterSpec } = {},
): { state: WatchState; events: readonly WatchEvent[]; texts: readonly string[] } {
  let state = from;
  const events: WatchEvent[] = [];
  for (const observation of observations) {
    const reduced = reduce(of, state, observation);
    state = reduced.state;
    events.push(...reduced.events);
  }
  return { state, events, texts: events.map(({ text }) => text) };
}

/** A healthy cluster whose VIP is on cp1, one second after the start. */
export function healthy(): WatchState {
  return run(second(1, 'cp1')).state;
}
