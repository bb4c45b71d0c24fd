import type { ClusterSpec } from '../../cluster/spec.ts';
import type { ClusterState, NodeRunning } from '../../cluster/state.ts';
import { whyNot } from '../../core/answer.ts';
import { electionGate, holderGate, serversGate, type LiveGate } from '../gate.ts';
import { readyServers } from '../health.ts';
import { asClusterState, heldVips } from './as-state.ts';
import type { Tone, WatchEvent } from '../../observe/live/model.ts';
import type { GateWatch, NodeWatch, Reduced, VipWatch, WatchState } from './model.ts';

/** What changed between what was known before and now, as events; and the judgements that are kept. */
export function judge(spec: ClusterSpec, before: WatchState, after: WatchState): Reduced {
  const seen = asClusterState(spec, after.nodes);
  const event = eventAt(after.atMs);
  const vips = before.vips.map((vip) => heldNow(vip, after));
  const unsettled = vips.filter((vip) => isUnsettled(vip, after)).map(({ address }) => holderGate(address).sentence);
  const gates = gatesOf(spec).map((gate) => {
    const old = before.gates.find(({ sentence }) => sentence === gate.sentence);
    return old && unsettled.includes(gate.sentence) ? old : gateNow(gate, old, seen, after);
  });
  const ready = readyFor(spec, seen);
  const complete = after.nodes.every(({ now }) => now.answering);
  return {
    state: { ...after, vips, gates, ready },
    events: [
      ...after.nodes.flatMap((node, i) => nodeEvents(before.nodes[i], node, event)),
      ...vips.flatMap((vip, i) =>
        vipEvents(before.vips[i], vip, complete, event).map((one) => ({ ...one, vip: vip.address })),
      ),
      ...serverEvents(spec, before, { ...after, ready }, event),
      ...gates.flatMap((gate, i) => gateEvents(before.gates[i], gate, event)),
    ],
  };
}

type Make = (kind: WatchEvent['kind'], tone: Tone, text: string, node?: string) => WatchEvent;

function eventAt(atMs: number): Make {
  return (kind, tone, text, node) => ({
    id: `${atMs} ${text}`,
    atMs,
    errorMs: 0,
    source: 'observed',
    kind,
    tone,
    text,
    ...(node !== undefined && { node }),
  });
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.join('\n') === b.join('\n');
}

function holdersNow(address: string, { nodes }: WatchState): readonly string[] {
  return nodes.filter((node) => heldVips(nodes, node).includes(address)).map(({ node }) => node);
}

/**
 * The holder has said that it gave the VIP up, but another node, asked at the same time, has not answered yet: who has it
 * now is known in a moment, so nothing is concluded before.
 */
function isUnsettled(vip: VipWatch, after: WatchState): boolean {
  if (vip.holders.length === 0 || holdersNow(vip.address, after).length > 0) return false;
  const askedMs = after.nodes.flatMap(({ now }) => (now.answering ? [now.sentMs] : []));
  return Math.max(...askedMs) > Math.min(...askedMs);
}

/** Clocks are known a little better with each measurement: no reason to tell another time. */
const sameTimeMs = 100;

function heldNow(vip: VipWatch, after: WatchState): VipWatch {
  const held = heldBy(vip, after);
  const takenMs = takenAtMs(held, after);
  if (takenMs === undefined || (!held.sinceAtLeast && Math.abs(takenMs - held.sinceMs) <= sameTimeMs)) return held;
  return { ...held, sinceMs: takenMs, sinceAtLeast: false };
}

/** When the only holder took the VIP, by its own word and the operator's clock. */
function takenAtMs({ address, holders }: VipWatch, { nodes, atMs }: WatchState): number | undefined {
  const [only, other] = holders;
  const node = nodes.find((one) => one.node === only);
  if (other !== undefined || node?.clock === undefined || !node.now.answering || !node.now.instances.known)
    return undefined;
  const instance = node.now.instances.value.find(({ addresses }) => addresses.includes(address));
  if (instance?.state !== 'MASTER' || instance.sinceMs === undefined) return undefined;
  const takenMs = instance.sinceMs - node.clock.offsetMs;
  return takenMs <= atMs ? takenMs : undefined;
}

function heldBy(vip: VipWatch, after: WatchState): VipWatch {
  const holders = holdersNow(vip.address, after);
  if (same(holders, vip.holders) || isUnsettled(vip, after)) return vip;
  // A holder that fell silent was last known to hold it when it last answered, not when its silence was noticed.
  const answered = after.nodes.flatMap(({ node, now }) =>
    !now.answering && vip.holders.includes(node) ? [now.sinceMs] : [],
  );
  const untilMs = Math.min(after.atMs, ...answered);
  const last = vip.holders.length > 0 ? { holders: vip.holders, untilMs } : vip.last;
  return {
    address: vip.address,
    holders,
    sinceMs: holders.length === 0 ? untilMs : after.atMs,
    // The first holder that is seen has held it for nobody knows how long.
    sinceAtLeast: last === undefined,
    last,
  };
}

function vipEvents(before: VipWatch | undefined, vip: VipWatch, complete: boolean, event: Make): WatchEvent[] {
  const { address, holders, last } = vip;
  if (!before || same(before.holders, holders)) return [];
  const [only] = holders;
  const from = last?.holders.filter((node) => !holders.includes(node)) ?? [];
  if (holders.length > 1) return [event('vip', 'bad', `split brain: ${address} is held by ${holders.join(' and ')}`)];
  if (only === undefined)
    return [
      complete
        ? event('vip', 'bad', `${address} has no holder any more; it was ${before.holders.join(' and ')}`)
        : event(
            'vip',
            'warn',
            `who holds ${address} is unknown: ${before.holders.join(' and ')}, which held it, does not answer`,
          ),
    ];
  if (before.holders.length > 1) return [event('vip', 'good', `${address} is held by ${only} alone again`, only)];
  if (from.length > 0) return [event('vip', 'good', `${address} moved ${from.join(' and ')} → ${only}`, only)];
  // The first sight of a holder is no event of the cluster.
  return [
    last
      ? event('vip', 'good', `${address} is held by ${only} again`, only)
      : event('vip', 'info', `${address} is held by ${only}`, only),
  ];
}

function nodeEvents(before: NodeWatch | undefined, { node, now }: NodeWatch, event: Make): WatchEvent[] {
  if (!before || before.now.answering === now.answering) return [];
  if (!now.answering) return [event('node', 'bad', `${node} does not answer: ${now.reason}`, node)];
  return before.now.answering || before.now.reason === 'not asked yet'
    ? []
    : [event('node', 'good', `${node} answers again`, node)];
}

/** The conditions of a healthy cluster, the same that a rollout waits for. */
export function gatesOf(spec: ClusterSpec): readonly LiveGate[] {
  return [
    ...spec.endpoint.virtualIPs.map(({ address }) => holderGate(address)),
    ...spec.nodes.flatMap(({ name }) => [electionGate(spec, name), serversGate(spec, name)]),
  ];
}

function gateNow(
  gate: LiveGate,
  before: GateWatch | undefined,
  seen: ClusterState<NodeRunning>,
  { atMs }: WatchState,
): GateWatch {
  const answer = gate.check(seen);
  const error = whyNot(answer);
  const unknown = answer.is === 'unknown';
  const turned = before === undefined || (before.error === undefined) !== (error === undefined);
  return {
    sentence: gate.sentence,
    error,
    unknown,
    sinceMs: turned ? atMs : before.sinceMs,
    // That something was not known is no error of the cluster.
    lastError: error === undefined || unknown ? before?.lastError : { text: error, atMs },
  };
}

// What is unknown is told once, by the node that does not answer.
function failed(gate: GateWatch | undefined): boolean {
  return gate?.error !== undefined && !gate.unknown;
}

function gateEvents(before: GateWatch | undefined, gate: GateWatch, event: Make): WatchEvent[] {
  if (failed(gate) && !failed(before)) return [event('gate', 'bad', `failing: ${gate.sentence}: ${gate.error}`)];
  if (gate.error === undefined && failed(before)) return [event('gate', 'good', `recovered: ${gate.sentence}`)];
  return [];
}

function readyFor(spec: ClusterSpec, { nodes }: ClusterState<NodeRunning>): WatchState['ready'] {
  const views = nodes.flatMap(({ seen }) => (seen.known && seen.value.servers.known ? [readyServers(seen.value)] : []));
  return Object.fromEntries(
    spec.nodes.map(({ name }) => [
      name,
      { ready: views.filter((view) => view.includes(name)).length, of: views.length },
    ]),
  );
}

/** An API server that no HAProxy finds ready any more, or that is ready for some again. */
function serverEvents(spec: ClusterSpec, before: WatchState, after: WatchState, event: Make): WatchEvent[] {
  return spec.nodes.flatMap(({ name }) => {
    const [was, is] = [before.ready[name], after.ready[name]];
    if (!was || !is || was.of === 0 || is.of === 0) return [];
    if (was.ready > 0 && is.ready === 0)
      return [event('server', 'bad', `the API server of ${name} is ready for no HAProxy`, name)];
    if (was.ready === 0 && is.ready > 0)
      return [event('server', 'good', `the API server of ${name} is ready again`, name)];
    return [];
  });
}
