import type { ClusterSpec } from '../../cluster/spec.ts';
import { known, unknown, type Observed } from '../../core/observed.ts';
import type { InstanceSeen } from '../../cluster/state.ts';
import { judge } from './judge.ts';
import { type ClockOffset, type LogEntry, type WatchEvent } from '../../observe/live/model.ts';
import {
  type Fact,
  haproxySilentAfterMs,
  type NodeAnswering,
  type NodeWatch,
  type Reduced,
  type WatchState,
} from './model.ts';

/** The beginning of a watch: nothing is known yet. */
export function initialState(spec: ClusterSpec, atMs: number): WatchState {
  return {
    startedMs: atMs,
    atMs,
    nodes: spec.nodes.map(({ name }) => ({
      node: name,
      now: { answering: false, sinceMs: atMs, reason: 'not asked yet' },
      clock: undefined,
      claims: {},
      transitions: 0,
    })),
    vips: spec.endpoint.virtualIPs.map(({ address }) => ({
      address,
      holders: [],
      sinceMs: atMs,
      sinceAtLeast: true,
      last: undefined,
    })),
    gates: [],
    ready: {},
    status: undefined,
  };
}

/** One observation more: the state after it, and what happened. A pure function; every view stands on it. */
export function reduce(spec: ClusterSpec, state: WatchState, observation: Fact): Reduced {
  const atMs = Math.max(state.atMs, observation.atMs);
  if (observation.kind === 'status')
    return { state: { ...state, atMs, status: { atMs: observation.atMs, status: observation.status } }, events: [] };
  if (observation.kind === 'note') return { state: { ...state, atMs }, events: [noted(observation)] };
  const nodes =
    observation.kind === 'time'
      ? state.nodes.map((node) => hung(node, atMs))
      : state.nodes.map((node) => (node.node === observation.node ? told(node, observation) : node));
  const entries = observation.kind === 'log' ? logged(spec, state, observation) : [];
  if (observation.kind === 'log' && nodes.every((node, i) => node === state.nodes[i]))
    return { state: { ...state, atMs }, events: entries };
  const judged = judge(spec, state, { ...state, atMs, nodes });
  return { state: judged.state, events: [...entries, ...judged.events] };
}

function noted({ atMs, text, tone }: Extract<Fact, { kind: 'note' }>): WatchEvent {
  return {
    id: `note-${atMs}-${text}`,
    atMs,
    errorMs: 0,
    source: 'k8s-ha',
    kind: 'tool',
    tone,
    text,
  };
}

type OfNode = Exclude<Fact, { kind: 'status' | 'note' | 'time' }>;

/** What one node tells, taken into what is known of it. */
function told(node: NodeWatch, observation: OfNode): NodeWatch {
  const { now } = node;
  switch (observation.kind) {
    case 'sample':
      return sampled(node, observation);
    case 'lost':
      return now.answering
        ? { ...node, now: { answering: false, sinceMs: now.atMs, reason: observation.reason }, claims: {} }
        : { ...node, now: { ...now, reason: observation.reason } };
    case 'clock':
      return { ...node, clock: better(node.clock, observation) };
    case 'haproxy':
      return now.answering
        ? { ...node, now: { ...now, haproxy: known(observation.stats), haproxyAtMs: observation.atMs } }
        : node;
    case 'instances':
      return now.answering ? { ...node, now: { ...now, instances: observation.instances } } : node;
    case 'log':
      return entered(node, observation);
    default:
      return node;
  }
}

/** The clocks drift apart by about this much between two measurements. */
const driftMs = 0.5;

/** The offset that is known best; an old one is known a little worse each time, and is none any more where the clock was set. */
function better(
  old: NodeWatch['clock'],
  { offsetMs, errorMs }: { readonly offsetMs: number; readonly errorMs: number },
): NodeWatch['clock'] {
  const same = old && Math.abs(offsetMs - old.offsetMs) <= old.errorMs + driftMs + errorMs;
  return same && old.errorMs + driftMs < errorMs ? { ...old, errorMs: old.errorMs + driftMs } : { offsetMs, errorMs };
}

function sampled(node: NodeWatch, { sentMs, atMs, sample }: Extract<Fact, { kind: 'sample' }>): NodeWatch {
  const before: NodeAnswering | undefined = node.now.answering ? node.now : undefined;
  const vips = sample.vips.known ? sample.vips.value : [];
  const haproxy =
    sample.haproxy === 'running'
      ? before && before.sample.haproxy === 'running'
        ? before.haproxy
        : unknown('HAProxy has not answered yet')
      : unknown(sample.haproxy === 'stopped' ? 'HAProxy is stopped by a signal' : 'HAProxy does not run');
  return {
    ...node,
    claims: Object.fromEntries(vips.map((vip) => [vip, node.claims[vip] ?? atMs])),
    now: {
      answering: true,
      sentMs,
      atMs,
      sample,
      haproxy,
      haproxyAtMs: before && before.sample.haproxy === 'running' ? before.haproxyAtMs : atMs,
      instances: instancesAfter(before, sample.keepalived === 'running'),
    },
  };
}

function instancesAfter(before: NodeAnswering | undefined, runs: boolean): Observed<readonly InstanceSeen[]> {
  if (!runs) return unknown('keepalived does not run');
  if (before?.sample.keepalived !== 'running') return unknown('keepalived has not told its state yet');
  return before.instances;
}

/** A running HAProxy that leaves questions unanswered. */
function hung(node: NodeWatch, atMs: number): NodeWatch {
  const { now } = node;
  if (!now.answering || !now.haproxy.known || atMs - now.haproxyAtMs <= haproxySilentAfterMs) return node;
  return { ...node, now: { ...now, haproxy: unknown('HAProxy does not answer') } };
}

/** An entry that is older than this when it arrives tells of the past, not of the present. */
const freshMs = 2000;

/** True for a journal entry that tells what has just happened. */
export function isFresh({ atMs, entry }: { atMs: number; entry: LogEntry }, clock: NodeWatch['clock']): boolean {
  return Math.abs(atMs - (entry.nodeMs - (clock?.offsetMs ?? 0))) < freshMs;
}

/** keepalived's own word for a transition is newer than its last dump. */
function entered(node: NodeWatch, observation: Extract<Fact, { kind: 'log' }>): NodeWatch {
  const { now } = node;
  const { vrrp } = observation.entry;
  if (!vrrp || !isFresh(observation, node.clock)) return node;
  const counted = { ...node, transitions: node.transitions + 1 };
  if (!now.answering || !now.instances.known) return counted;
  const instances = now.instances.value.map((one) =>
    one.name === vrrp.instance ? { ...one, state: vrrp.state, sinceMs: observation.entry.nodeMs } : one,
  );
  return { ...counted, now: { ...now, instances: known(instances) } };
}

function logged(
  spec: ClusterSpec,
  { nodes }: WatchState,
  { node, entry }: Extract<Fact, { kind: 'log' }>,
): WatchEvent[] {
  const clock = nodes.find((one) => one.node === node)?.clock;
  return [eventOf(spec, node, entry, clock ?? { offsetMs: 0, errorMs: 1000 })];
}

/** An entry of a journal as an event, by the operator's clock. */
export function eventOf(spec: ClusterSpec, node: string, entry: LogEntry, clock: ClockOffset): WatchEvent {
  const { cursor, nodeMs, source, kind, tone, vrrp } = entry;
  const vip = spec.endpoint.virtualIPs.find(({ instance }) => instance === vrrp?.instance)?.address;
  return {
    // A boot and a place in it: the same when the entry is read again.
    id: `${node} ${/i=[^;]+;b=[^;]+/.exec(cursor)?.[0] ?? cursor}`,
    atMs: nodeMs - clock.offsetMs,
    errorMs: clock.errorMs,
    node,
    source,
    kind,
    tone,
    text: vip === undefined ? entry.text : `${entry.text} (${vip})`,
    ...(vrrp && vip !== undefined && { vrrp: { vip, state: vrrp.state } }),
  };
}
