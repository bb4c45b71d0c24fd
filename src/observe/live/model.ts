import type { LockSeen } from '../../cluster/lock.ts';
import type { InstanceSeen, LeverPull } from '../../cluster/state.ts';
import type { Observed } from '../../core/observed.ts';

/** All times are milliseconds since the epoch by the operator's clock, unless named otherwise. */

/** What a node says of itself, once a second. */
export interface Sample {
  readonly vips: Observed<readonly string[]>;
  readonly keepalived: ProcessSeen;
  readonly haproxy: ProcessSeen;
  /** Who drained the node, and why. */
  readonly drain: LeverPull | undefined;
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
  /** HTTP status of the last check; absent where there was no answer. */
  readonly checkCode?: number;
}

export interface HaproxyStats {
  readonly sessions: number;
  /** The most that it may have. */
  readonly sessionLimit: number;
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
  /** Whose holder changed, of an event of kind `vip`. */
  readonly vip?: string;
  /** A VRRP instance entered a state: from these, who held a VIP at any time in the past. */
  readonly vrrp?: { readonly vip: string; readonly state: InstanceSeen['state'] };
}

/** What a node under watch tells, one thing at a time. */
export type Observation = { readonly atMs: number } & (
  | { readonly kind: 'sample'; readonly node: string; readonly sentMs: number; readonly sample: Sample }
  | { readonly kind: 'haproxy'; readonly node: string; readonly stats: HaproxyStats }
  | { readonly kind: 'instances'; readonly node: string; readonly instances: Observed<readonly InstanceSeen[]> }
  | { readonly kind: 'clock'; readonly node: string; readonly offsetMs: number; readonly errorMs: number }
  | { readonly kind: 'log'; readonly node: string; readonly entry: LogEntry }
  | { readonly kind: 'lost'; readonly node: string; readonly reason: string }
);

export interface ClockOffset {
  /** The node's clock minus the operator's. */
  readonly offsetMs: number;
  readonly errorMs: number;
}

/** A node that leaves a question unanswered for this long is unknown. */
export const silentAfterMs = 1300;
