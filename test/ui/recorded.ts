import { statusOf } from '../../src/act/verbs/status.ts';
import type { ClusterSpec } from '../../src/cluster/spec.ts';
import type { ClusterState, NodeSeen } from '../../src/cluster/state.ts';
import type { ProcessSeen, WatchEvent } from '../../src/observe/live/model.ts';
import type { Fact, WatchState } from '../../src/judge/live/model.ts';
import { initialState, reduce } from '../../src/judge/live/reduce.ts';
import { known } from '../../src/core/observed.ts';
import { haproxyNames } from '../../src/node/haproxy.ts';
import { atMs, startMs } from './cluster.ts';

/** What a watch would be told, in one second, of what one look saw: its program states, figures and instances. */
function factsOf(spec: ClusterSpec, { nodes }: ClusterState, seconds: number): readonly Fact[] {
  return nodes.flatMap(({ node, seen }): readonly Fact[] =>
    seen.known
      ? nodeFacts(spec, node, seen.value, seconds)
      : [{ kind: 'lost', node, atMs: atMs(seconds), reason: seen.reason }],
  );
}

function processOf({ active, answers }: NodeSeen['haproxy']): ProcessSeen {
  return active !== 'active' ? 'absent' : answers === false ? 'stopped' : 'running';
}

function nodeFacts(spec: ClusterSpec, node: string, seen: NodeSeen, seconds: number): readonly Fact[] {
  const now = atMs(seconds);
  const addresses = seen.addresses.known ? seen.addresses.value.map(({ address }) => address) : [];
  const vips = spec.endpoint.virtualIPs.flatMap(({ address }) => (addresses.includes(address) ? [address] : []));
  const [haproxy, keepalived] = [processOf(seen.haproxy), processOf(seen.keepalived)];
  const servers = seen.servers.known ? seen.servers.value.filter(({ backend }) => backend === haproxyNames.ready) : [];
  const { lock, levers } = seen;
  const facts: Fact[] = [
    { kind: 'clock', node, atMs: now, offsetMs: 0, errorMs: 0.4 },
    {
      kind: 'sample',
      node,
      sentMs: now - 5,
      atMs: now,
      sample: { vips: known(vips), keepalived, haproxy, drain: levers['drain'], lock },
    },
  ];
  if (haproxy === 'running' && seen.servers.known)
    facts.push({
      kind: 'haproxy',
      node,
      atMs: now,
      stats: {
        sessions: 12,
        sessionRate: 2,
        sessionLimit: 9285,
        totalSessions: 300,
        bytesIn: 0,
        bytesOut: 0,
        servers: servers.map(({ server, status, lastCheck }) => ({
          server,
          status,
          sessions: 4,
          sessionRate: 1,
          totalSessions: 100,
          checkMs: 4,
          lastCheck,
        })),
        peersUp: seen.livez.known && seen.livez.value === 503 ? 0 : 2,
      },
    });
  if (keepalived === 'running') facts.push({ kind: 'instances', node, atMs: now, instances: seen.instances });
  return facts;
}

/** A watch that saw the first state for some seconds, and then the second: what it knows, and what happened. */
export function watchedThrough(
  spec: ClusterSpec,
  before: ClusterState,
  after: ClusterState,
): { readonly state: WatchState; readonly events: readonly WatchEvent[] } {
  let state = initialState(spec, startMs);
  const events: WatchEvent[] = [];
  const facts: readonly Fact[] = [
    ...[1, 2, 3].flatMap((second) => factsOf(spec, before, second)),
    ...[4, 5, 6].flatMap((second) => factsOf(spec, after, second)),
    { kind: 'status', atMs: atMs(7), status: statusOf(spec, after) },
    ...factsOf(spec, after, 67),
  ];
  for (const fact of facts) {
    const reduced = reduce(spec, state, fact);
    state = reduced.state;
    events.push(...reduced.events);
  }
  return { state, events };
}
