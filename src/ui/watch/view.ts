import * as z from 'zod';
import { actionText } from '../../cluster/lock.ts';
import { pullText } from '../../node/lever.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import { runningFindings } from '../../judge/health.ts';
import type { DiagnoseOptions, Diagnosis } from '../../judge/diagnosis.ts';
import { diagnosisOf } from '../../judge/live/diagnosis.ts';
import { asClusterState } from '../../judge/live/as-state.ts';
import type { Tone } from '../../observe/live/model.ts';
import type { GateWatch, NodeWatch, WatchState } from '../../judge/live/model.ts';

/** A cluster as every live view shows it: texts and tones, nothing left to decide. JSON as it is. */
export interface ClusterView {
  readonly name: string;
  readonly atMs: number;
  readonly port: number;
  readonly tone: Tone;
  /** The one sentence that is read at three in the morning. */
  readonly verdict: string;
  readonly vips: readonly VipView[];
  readonly nodes: readonly NodeView[];
  readonly gates: readonly GateWatch[];
  readonly findings: readonly { readonly tone: Tone; readonly node: string; readonly text: string }[];
  /** From the last full look, with its age. */
  readonly files: { readonly atMs: number; readonly nodes: Readonly<Record<string, string>> } | undefined;
  /** From the last full look: who holds the controllers' leases. Empty where Kubernetes was not asked. */
  readonly leases: readonly { readonly name: string; readonly holder: string }[];
  /** Who works on the cluster, if anybody. */
  readonly lock: string | undefined;
  /** What clients have, and the root causes of what is wrong. */
  readonly diagnosis: Diagnosis;
}

export interface VipView {
  readonly address: string;
  readonly holders: readonly string[];
  readonly tone: Tone;
  /** `cp2`, `cp1 AND cp2`, `no holder`, `unknown`. */
  readonly text: string;
  readonly sinceMs: number;
  /** It has been so for longer: `sinceMs` is only when it was first seen. */
  readonly sinceAtLeast: boolean;
  /** What was, said to be so: `last seen on cp1`. */
  readonly last: { readonly holders: readonly string[]; readonly untilMs: number } | undefined;
}

export interface Cell {
  readonly tone: Tone;
  readonly text: string;
}

export interface NodeView {
  readonly name: string;
  readonly address: string;
  readonly tone: Tone;
  /** Undefined while the node answers: since when nothing is known of it, and why. */
  readonly unknown: { readonly sinceMs: number; readonly reason: string } | undefined;
  readonly haproxy: Cell;
  readonly keepalived: Cell;
  readonly vrrp: readonly { readonly instance: string; readonly state: string; readonly tone: Tone }[];
  readonly drained: string;
  /** Of its HAProxy; undefined where that is unknown. */
  readonly sessions: number | undefined;
  readonly sessionRate: number | undefined;
  /** The API servers as its HAProxy sees them. */
  readonly servers: readonly ServerView[];
  /** How it reaches the others; undefined without fencing or where it is unknown. */
  readonly peersUp: number | undefined;
  readonly etcd: Cell;
  readonly clock: { readonly offsetMs: number; readonly errorMs: number } | undefined;
}

export interface ServerView extends Cell {
  readonly server: string;
  readonly sessions: number | undefined;
  readonly checkMs: number | undefined;
  readonly lastCheck: string;
}

const unknownCell: Cell = { tone: 'warn', text: 'unknown' };

/** What every view shows of a watched cluster. Pure: the same state gives the same picture, table and figures. */
export function clusterView(
  spec: ClusterSpec,
  state: WatchState,
  options: Pick<DiagnoseOptions, 'file' | 'sshConfig'> = {},
): ClusterView {
  const seen = asClusterState(spec, state.nodes);
  const nodes = state.nodes.map((node, i) => nodeView(spec, state, node, spec.nodes[i]?.address ?? ''));
  const complete = nodes.every(({ unknown }) => unknown === undefined);
  const vips = state.vips.map((vip) => vipView(vip, complete));
  const findings = runningFindings(spec, seen).map(({ severity, node, message }) => ({
    tone: severity === 'error' ? ('bad' as const) : ('warn' as const),
    node: node ?? '',
    text: message,
  }));
  const lock = state.nodes.flatMap(({ now }) => (now.answering && now.sample.lock ? [now.sample.lock] : []))[0];
  return {
    name: spec.name,
    atMs: state.atMs,
    port: spec.endpoint.port,
    ...verdictOf(vips, nodes, state.gates),
    vips,
    nodes,
    gates: state.gates,
    findings,
    files: state.status && { atMs: state.status.atMs, nodes: filesOf(state, state.status.status.files) },
    leases: leasesOf(state),
    diagnosis: diagnosisOf(spec, state, seen, options),
    lock: lock && `${actionText(lock.action)} by ${lock.owner} on ${lock.machine}`,
  };
}

/** What was found in the files of a node that does not answer any more says nothing of the present. */
function filesOf(state: WatchState, files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(state.nodes.map(({ node, now }) => [node, (now.answering && files[node]) || 'unknown']));
}

function vipView(vip: WatchState['vips'][number], complete: boolean): VipView {
  const { address, holders, sinceMs, sinceAtLeast, last } = vip;
  const common = { address, holders, sinceMs, sinceAtLeast, last: holders.length > 0 ? undefined : last };
  if (holders.length === 1) return { ...common, tone: 'good', text: holders[0] ?? '' };
  if (holders.length > 1) return { ...common, tone: 'bad', text: holders.join(' AND ') };
  return complete ? { ...common, tone: 'bad', text: 'no holder' } : { ...common, tone: 'warn', text: 'unknown' };
}

function nodeView(spec: ClusterSpec, state: WatchState, watched: NodeWatch, address: string): NodeView {
  const { node, now, clock } = watched;
  const common = { name: node, address, clock, etcd: etcdCell(state, node) };
  if (!now.answering)
    return {
      ...common,
      tone: 'bad',
      unknown: { sinceMs: now.sinceMs, reason: now.reason },
      haproxy: unknownCell,
      keepalived: unknownCell,
      etcd: unknownCell,
      vrrp: [],
      drained: '',
      sessions: undefined,
      sessionRate: undefined,
      servers: spec.nodes.map(({ name }) => unknownServer(name)),
      peersUp: undefined,
    };
  const { sample, haproxy, instances } = now;
  const figures = haproxy.known ? haproxy.value : undefined;
  const haproxyCell: Cell = haproxy.known
    ? { tone: 'good', text: 'runs' }
    : { tone: 'bad', text: haproxy.reason.replace(/^HAProxy /, '') };
  const keepalivedCell: Cell =
    sample.keepalived === 'running'
      ? { tone: 'good', text: 'runs' }
      : { tone: 'bad', text: sample.keepalived === 'stopped' ? 'is stopped by a signal' : 'does not run' };
  const vrrp = instances.known
    ? instances.value.map(({ name, state: word }) => ({
        instance: name,
        state: word,
        tone: word === 'FAULT' ? ('bad' as const) : word === 'MASTER' ? ('good' as const) : ('info' as const),
      }))
    : [];
  const bad = [haproxyCell, keepalivedCell].some(({ tone }) => tone === 'bad');
  const drained = sample.drain ? pullText(sample.drain) : '';
  return {
    ...common,
    tone: bad ? 'bad' : drained !== '' || vrrp.some(({ tone }) => tone === 'bad') ? 'warn' : 'good',
    unknown: undefined,
    haproxy: haproxyCell,
    keepalived: keepalivedCell,
    vrrp,
    drained,
    sessions: figures?.sessions,
    sessionRate: figures?.sessionRate,
    servers: spec.nodes.map(({ name }) =>
      serverView(
        name,
        figures?.servers.find(({ server }) => server === name),
        haproxy.known,
      ),
    ),
    peersUp: figures?.peersUp,
  };
}

function unknownServer(server: string): ServerView {
  return {
    ...unknownCell,
    server,
    sessions: undefined,
    checkMs: undefined,
    lastCheck: '',
  };
}

function serverView(
  name: string,
  stat: { status: string; sessions: number; checkMs: number | undefined; lastCheck: string } | undefined,
  known: boolean,
): ServerView {
  if (!known) return unknownServer(name);
  if (!stat) return { ...unknownServer(name), text: 'not configured' };
  const { status, sessions, checkMs, lastCheck } = stat;
  const tone = status.startsWith('UP')
    ? status === 'UP'
      ? 'good'
      : 'warn'
    : /^(?:NOLB|DRAIN|MAINT)/.test(status)
      ? 'warn'
      : 'bad';
  return { server: name, tone, text: status, sessions, checkMs, lastCheck };
}

/** What the full look says of etcd and the leases, where it does. */
const kubernetesShape = z.object({
  known: z.literal(true),
  value: z.object({
    kubernetes: z.object({
      known: z.literal(true),
      value: z.object({
        etcd: z.object({
          known: z.boolean(),
          reason: z.string().optional(),
          value: z.object({ memberId: z.string(), leaderId: z.string() }).optional(),
        }),
        leases: z.object({
          known: z.boolean(),
          value: z.array(z.object({ name: z.string(), holder: z.string() })).optional(),
        }),
      }),
    }),
  }),
});

function kubernetesOf(state: WatchState, node: string) {
  const read = kubernetesShape.safeParse(state.status?.status.state.nodes.find((one) => one.node === node)?.seen);
  return read.success ? read.data.value.kubernetes.value : undefined;
}

/** etcd is asked only by the full look; the API servers' checks tell of the present. */
function etcdCell(state: WatchState, node: string): Cell {
  const etcd = kubernetesOf(state, node)?.etcd;
  if (!etcd) return { tone: 'info', text: 'not asked' };
  if (!etcd.known || !etcd.value) return { tone: 'warn', text: etcd.reason ?? 'unknown' };
  const { memberId, leaderId } = etcd.value;
  if (leaderId === '0') return { tone: 'bad', text: 'no leader' };
  return { tone: 'good', text: memberId === leaderId ? 'leader' : 'member' };
}

function leasesOf(state: WatchState): ClusterView['leases'] {
  for (const { node } of state.nodes) {
    const leases = kubernetesOf(state, node)?.leases;
    if (leases?.known && leases.value)
      return leases.value.map(({ name, holder }) => ({ name, holder: holder === '' ? 'nobody' : holder }));
  }
  return [];
}

function verdictOf(
  vips: readonly VipView[],
  nodes: readonly NodeView[],
  gates: readonly GateWatch[],
): { readonly tone: Tone; readonly verdict: string } {
  const split = vips.filter(({ holders }) => holders.length > 1);
  if (split.length > 0)
    return {
      tone: 'bad',
      verdict: `SPLIT BRAIN: ${split.map(({ address, text }) => `${address} is held by ${text}`).join('; ')}`,
    };
  const none = vips.filter(({ holders }) => holders.length === 0);
  const silent = nodes.filter(({ unknown }) => unknown !== undefined).map(({ name }) => name);
  if (none.length > 0)
    return silent.length > 0
      ? {
          tone: 'bad',
          verdict: `who holds ${none.map(({ address }) => address).join(', ')} is unknown: ${silent.join(', ')} ${silent.length === 1 ? 'does' : 'do'} not answer`,
        }
      : { tone: 'bad', verdict: `NO HOLDER: ${none.map(({ address }) => address).join(', ')}` };
  if (silent.length > 0)
    return {
      tone: 'warn',
      verdict: `the API address is served; ${silent.join(', ')} ${silent.length === 1 ? 'does' : 'do'} not answer`,
    };
  const failing = gates.filter(({ error }) => error !== undefined);
  const [first] = failing;
  if (first)
    return {
      tone: 'warn',
      verdict: `the API address is served; failing: ${first.sentence}: ${first.error}${failing.length > 1 ? ` (and ${failing.length - 1} more)` : ''}`,
    };
  return { tone: 'good', verdict: 'all is well' };
}
