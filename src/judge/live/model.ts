import type { InstanceSeen } from '../../cluster/state.ts';
import type { Observed } from '../../core/observed.ts';
import type { ClockOffset, HaproxyStats, Observation, Sample, Tone, WatchEvent } from '../../observe/live/model.ts';
import type { ClusterStatus } from '../status.ts';

/** Everything that a watch can learn: what a node tells, a full look, a line of our own, or that time has passed. */
export type Fact =
  | Observation
  | ({ readonly atMs: number } & (
      | { readonly kind: 'status'; readonly status: ClusterStatus }
      | { readonly kind: 'note'; readonly text: string; readonly tone: Tone }
      | { readonly kind: 'time' }
    ));

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
  /** It has been so for longer: `sinceMs` is only when it was first seen, and the node does not say since when. */
  readonly sinceAtLeast: boolean;
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

/** HAProxy that leaves a question unanswered for this long hangs. */
export const haproxySilentAfterMs = 2500;
