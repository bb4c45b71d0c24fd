import type { ClusterStatus } from '../../apply/status.ts';
import type { InstanceSeen, LockSeen } from '../../cluster/state.ts';
import type { Observed } from '../../core/observed.ts';

/** All times are milliseconds since the epoch by the operator's clock, unless named otherwise. */

/** What a node says of itself, once a second. */
export interface Sample {
  readonly vips: Observed<readonly string[]>;
  readonly keepalived: ProcessSeen;
  readonly haproxy: ProcessSeen;
  /** Content of the drain lever; empty when the node is not drained. */
  readonly drain: string;
  readonly lock: LockSeen | undefined;
}

/** `stopped`: there, but halted by a signal; it does nothing. */
export type ProcessSeen = 'running' | 'stopped' | 'absent';

/** One API server as one HAProxy sees it. */
export interface ServerStat {
  readonly server: string;
  /** HAProxy's own word: `UP`, `DOWN`, `NOLB`, `UP 1/2`, `MAINT`, … */
  readonly status: string;
  readonly sessions: number;
  readonly sessionRate: number;
  readonly totalSessions: number;
  /** How long the last health check took; undefined while there was none. */
  readonly checkMs: number | undefined;
  readonly lastCheck: string;
}

export interface HaproxyStats {
  readonly sessions: number;
  readonly sessionRate: number;
  readonly totalSessions: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly servers: readonly ServerStat[];
  /** Other nodes that answer this one; undefined where fencing is off. */
  readonly peersUp: number | undefined;
}

export type Source = 'observed' | 'keepalived' | 'haproxy' | 'systemd' | 'k8s-ha';
export type Tone = 'good' | 'bad' | 'warn' | 'info';

/** One line of a node's journal, understood as far as we can. */
export interface LogEntry {
  readonly cursor: string;
  /** By the node's clock. */
  readonly nodeMs: number;
  readonly source: Source;
  readonly kind: WatchEvent['kind'];
  readonly tone: Tone;
  readonly text: string;
  /** VRRP instance and the state that it entered. */
  readonly vrrp?: { readonly instance: string; readonly state: InstanceSeen['state'] };
  /** HAProxy's new worker: connections to the old one are of no use. */
  readonly reloaded?: boolean;
}

export interface WatchEvent {
  /** Unique in one watch; a journal entry keeps its own when it is read again. */
  readonly id: string;
  readonly atMs: number;
  /** How far `atMs` may be off: the node's clock is known only so well. */
  readonly errorMs: number;
  /** Undefined for what concerns the whole cluster. */
  readonly node?: string;
  readonly source: Source;
  readonly kind: 'vip' | 'node' | 'gate' | 'server' | 'vrrp' | 'service' | 'tool' | 'log';
  readonly tone: Tone;
  readonly text: string;
  /** A VRRP instance entered a state: from these, who held a VIP at any time in the past. */
  readonly vrrp?: { readonly vip: string; readonly state: InstanceSeen['state'] };
}

/** Everything that a watch can learn, one thing at a time. */
export type Observation = { readonly atMs: number } & (
  | { readonly kind: 'sample'; readonly node: string; readonly sentMs: number; readonly sample: Sample }
  | { readonly kind: 'haproxy'; readonly node: string; readonly stats: HaproxyStats }
  | { readonly kind: 'instances'; readonly node: string; readonly instances: Observed<readonly InstanceSeen[]> }
  | { readonly kind: 'clock'; readonly node: string; readonly offsetMs: number; readonly errorMs: number }
  | { readonly kind: 'log'; readonly node: string; readonly entry: LogEntry }
  | { readonly kind: 'lost'; readonly node: string; readonly reason: string }
  | { readonly kind: 'status'; readonly status: ClusterStatus }
  | { readonly kind: 'note'; readonly text: string; readonly tone: Tone }
  | { readonly kind: 'time' }
);

export interface ClockOffset {
  /** The node's clock minus the operator's. */
  readonly offsetMs: number;
  readonly errorMs: number;
}

/** A node that answers. Nothing of it is kept once it stops answering. */
export interface NodeAnswering {
  readonly answering: true;
  /** When the last sample was asked for: what it says was true then or later. */
  readonly sentMs: number;
  readonly atMs: number;
  readonly sample: Sample;
  readonly haproxy: Observed<HaproxyStats>;
  readonly haproxyAtMs: number;
  readonly instances: Observed<readonly InstanceSeen[]>;
}

export interface NodeSilent {
  readonly answering: false;
  /** Since when nothing is known: the last answer, or the beginning of the watch. */
  readonly sinceMs: number;
  readonly reason: string;
}

export interface NodeWatch {
  readonly node: string;
  readonly now: NodeAnswering | NodeSilent;
  readonly clock: ClockOffset | undefined;
  /** VIP → when the node was first seen to hold it, in its present spell. */
  readonly claims: Readonly<Record<string, number>>;
  /** Transitions of its VRRP instances since the watch began. */
  readonly transitions: number;
}

export interface VipWatch {
  readonly address: string;
  readonly holders: readonly string[];
  readonly sinceMs: number;
  /** Who was last known to hold it, and until when: history, never the present. */
  readonly last: { readonly holders: readonly string[]; readonly untilMs: number } | undefined;
}

export interface GateWatch {
  readonly sentence: string;
  /** Why it does not hold; undefined when it does. */
  readonly error: string | undefined;
  /** The gate cannot be judged, because a node does not answer. */
  readonly unknown: boolean;
  readonly sinceMs: number;
  readonly lastError: { readonly text: string; readonly atMs: number } | undefined;
}

export interface WatchState {
  readonly startedMs: number;
  readonly atMs: number;
  readonly nodes: readonly NodeWatch[];
  readonly vips: readonly VipWatch[];
  readonly gates: readonly GateWatch[];
  /** API server → for how many HAProxys it is ready, of how many that answer. */
  readonly ready: Readonly<Record<string, { readonly ready: number; readonly of: number }>>;
  /** The last full look: files, drift, findings, etcd. Shown with its age. */
  readonly status: { readonly atMs: number; readonly status: ClusterStatus } | undefined;
}

/** A state, and what happened on the way to it. */
export interface Reduced {
  readonly state: WatchState;
  readonly events: readonly WatchEvent[];
}

/** A node that leaves a question unanswered for this long is unknown. */
export const silentAfterMs = 1300;

/** HAProxy that leaves a question unanswered for this long hangs. */
export const haproxySilentAfterMs = 2500;
