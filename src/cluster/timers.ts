import type { Version } from '../core/version.ts';

/** Every timer of the data plane, in milliseconds unless named otherwise. Made by `predict/solve` from the target. */
export interface Timers {
  readonly vrrp: VrrpTimers;
  readonly script: ScriptTimers;
  readonly check: CheckTimers;
  readonly member: MemberTimers;
}

/** RFC 9568: a backup takes over after `downTimerAdverts` × `advertIntervalMs` + skew without an advertisement. */
export interface VrrpTimers {
  readonly advertIntervalMs: number;
  readonly downTimerAdverts: number;
  /** keepalived `vrrp_startup_delay`: listen before electing after a start. */
  readonly startupDelayMs: number;
}

/** keepalived's `vrrp_script` that asks the local HAProxy whether it lives. */
export interface ScriptTimers {
  /** Whole seconds before keepalived 2.3.2. */
  readonly intervalMs: number;
  /** keepalived kills the script after this; more than its longest run. */
  readonly timeoutMs: number;
  /** How often one run asks, so that a hang is seen sooner than each `intervalMs`. */
  readonly asks: number;
  /** From the begin of an ask to the begin of the next one in the same run. */
  readonly askEveryMs: number;
  /** An ask has failed when so many requests, one right after the other, had no answer in `tryTimeoutMs`. */
  readonly tries: number;
  readonly tryTimeoutMs: number;
  readonly fall: number;
  readonly rise: number;
  /** systemd ends a keepalived that has not run the script for this long (WatchdogSec). */
  readonly watchdogMs: number;
}

/** HAProxy's check of the API servers. */
export interface CheckTimers {
  readonly interMs: number;
  readonly fastInterMs: number;
  readonly downInterMs: number;
  readonly fall: number;
  readonly rise: number;
  /** Bounds the TCP and TLS part of a check (with `interMs`) and a client's connection to a server. */
  readonly connectMs: number;
  /** Bounds the answer of a check; above etcd's readiness timeout, so that an etcd election is not read as "all dead". */
  readonly answerMs: number;
}

/** HAProxy's check of the other nodes, for fencing. */
export interface MemberTimers {
  readonly interMs: number;
  readonly fastInterMs: number;
  readonly fall: number;
  readonly connectMs: number;
}

/** What must be known of a node before its files can be rendered. */
export interface NodeFacts {
  readonly keepalived: Version;
  readonly haproxy: Version;
  readonly interface: string;
  /** Hard limit of open files that HAProxy may have. */
  readonly nofile: number;
  /** The CA file exists on the node; without it HAProxy would not start, so checks are then unverified until the next apply. */
  readonly caPresent: boolean;
  /** sha256 of that file: HAProxy must read it anew when it changes. */
  readonly caDigest?: string;
  /** Ids of the container images that the node has; absent where it runs none, or has them not yet. */
  readonly images?: { readonly haproxy: string; readonly keepalived: string };
}

/** Debian 12's versions: what `render` and `predict` assume where no node was asked. */
export const assumedFacts: NodeFacts = {
  keepalived: [2, 2, 7],
  haproxy: [2, 6, 12],
  interface: 'eth0',
  nofile: 524_288,
  caPresent: true,
};
