import type { Version } from '../core/version.ts';

/**
 * What a keepalived makes of signatures (auth_hmac): `receive-only`: it takes adverts with a right one and with none, and sends
 * none; `permissive`: it signs, and takes adverts with none; `enforce`: it takes no advert without a right one.
 */
export const hmacModes = ['receive-only', 'permissive', 'enforce'] as const;

export type HmacMode = (typeof hmacModes)[number];

/** Every timer of the data plane, in milliseconds unless named otherwise. Made by `predict/solve` from the target. */
export interface Timers {
  readonly vrrp: VrrpTimers;
  readonly script: ScriptTimers;
  readonly check: CheckTimers;
  readonly member: MemberTimers;
  readonly support: SupportTimers;
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
  /** A process beside keepalived looks this often whether it has run since, and ends one that did not so many times in a row. */
  readonly lookMs: number;
  readonly looks: number;
}

/** HAProxy's check of the API servers. */
export interface CheckTimers {
  readonly interMs: number;
  readonly fastInterMs: number;
  readonly downInterMs: number;
  readonly fall: number;
  readonly rise: number;
  /** Bounds the TCP and TLS part of a check (with `interMs`). A client's connection to a server: `elsewhereMs`. */
  readonly connectMs: number;
  /** Bounds the answer of a check; above etcd's readiness timeout, so that an etcd election is not read as "all dead". */
  readonly answerMs: number;
}

/** HAProxy asks itself so often what becomes of the connections to an API server, in milliseconds. */
export const servesMs = 100;

/**
 * A client's connection to an API server that its kernel has not taken after this goes to another one: kernels answer at once, a
 * program that is slow is no reason, and a node that is gone makes nobody wait long.
 */
export function elsewhereMs({ connectMs }: CheckTimers): number {
  return Math.round(connectMs * 0.3);
}

/** An API server that takes no TLS for so long, twice in a row, is dead: its connections are closed. */
export const hungMs = 3000;

/** HAProxy's check of the other nodes, for fencing. */
export interface MemberTimers {
  readonly interMs: number;
  readonly fastInterMs: number;
  readonly fall: number;
  readonly connectMs: number;
  /** Before the node gives its VIPs up, the check script asks the others itself: for a connection within this time. */
  readonly askMs: number;
}

/** How nodes tell each other which VIPs they hold, and refuse a worse holder. */
export interface SupportTimers {
  /** keepalived's script. */
  readonly intervalMs: number;
  /** A node holds a VIP for the others for this long after its script last said so. */
  readonly heldMs: number;
  /** A node that asks no longer is forgotten after this. */
  readonly claimMs: number;
  /** HAProxy's questions to the other nodes. */
  readonly interMs: number;
  readonly fastInterMs: number;
  readonly fall: number;
  readonly rise: number;
  readonly answerMs: number;
  /** For this long after a takeover a refusal may be due to the holder before. */
  readonly graceMs: number;
  /** A node that was refused tries again after this, where the holder asks it itself. */
  readonly refusedMs: number;
}

/** A timer that the cluster file can pin under `failover.timers`, with everything that follows from that. */
export interface PinnableTimer {
  /** What the reference and editors say about it. */
  readonly about: string;
  /** A value as the cluster file has it, for the reference. */
  readonly example: string | number;
  /** A time is a duration in the file and milliseconds here; a count has its limits, and a noun for what is expected. */
  readonly value: 'time' | { readonly noun: string; readonly min: number; readonly max: number };
  /** The timer that it pins. */
  readonly of: (timers: Timers) => number;
  /** These timers with another value of it. */
  readonly with: (timers: Timers, value: number) => Timers;
  /** Where the nodes' files say it: `import` reads it back from there. */
  readonly line: TimerLine;
  /** What the program does where its file does not say it. */
  readonly absent: number;
}

/** Where a file of ours has a timer. */
export type TimerLine =
  | {
      readonly program: 'keepalived';
      readonly block: 'global_defs' | 'vrrp_instance' | 'vrrp_script';
      readonly keyword: string;
    }
  /** A parameter of the API servers' lines, or a `timeout` of their backend. */
  | { readonly program: 'haproxy'; readonly server: string }
  | { readonly program: 'haproxy'; readonly timeout: string };

/** Every timer that can be pinned, by its key in the cluster file. Schema, reference, import and their tests come from here. */
export const pinnableTimers = {
  advertInterval: {
    about: 'Time between two VRRP advertisements: 10ms–40.95s in steps of 10ms.',
    example: '100ms',
    value: 'time',
    ...field('vrrp', 'advertIntervalMs'),
    line: { program: 'keepalived', block: 'vrrp_instance', keyword: 'advert_int' },
    absent: 1000,
  },
  downTimerAdverts: {
    about: 'Advertisements that must be missing before a backup takes over. keepalived 2.2.3 or newer.',
    example: 4,
    value: { noun: 'a number of adverts', min: 2, max: 100 },
    ...field('vrrp', 'downTimerAdverts'),
    line: { program: 'keepalived', block: 'vrrp_instance', keyword: 'down_timer_adverts' },
    absent: 3,
  },
  checkInterval: {
    about: "Time between two of HAProxy's checks of an API server.",
    example: '500ms',
    value: 'time',
    ...field('check', 'interMs'),
    line: { program: 'haproxy', server: 'inter' },
    absent: 2000,
  },
  checkFall: {
    about: 'Failed checks that take an API server out.',
    example: 2,
    value: { noun: 'a number of checks', min: 1, max: 100 },
    ...field('check', 'fall'),
    line: { program: 'haproxy', server: 'fall' },
    absent: 3,
  },
  checkRise: {
    about: 'Good checks that take an API server in again.',
    example: 2,
    value: { noun: 'a number of checks', min: 1, max: 100 },
    ...field('check', 'rise'),
    line: { program: 'haproxy', server: 'rise' },
    absent: 2,
  },
  connectTimeout: {
    about:
      'Longest time for the connection of a check from HAProxy to an API server; a client’s goes to another one after 0.3 of it.',
    example: '500ms',
    value: 'time',
    ...field('check', 'connectMs'),
    line: { program: 'haproxy', timeout: 'connect' },
    absent: 0,
  },
  startupDelay: {
    about: 'How long a starting keepalived listens before it takes part in elections.',
    example: '3s',
    value: 'time',
    ...field('vrrp', 'startupDelayMs'),
    line: { program: 'keepalived', block: 'global_defs', keyword: 'vrrp_startup_delay' },
    absent: 0,
  },
} as const satisfies Readonly<Record<string, PinnableTimer>>;

function field<Group extends keyof Timers>(
  group: Group,
  name: keyof Timers[Group],
): Pick<PinnableTimer, 'of' | 'with'> {
  return {
    // The compiler does not see that every field of every group is a number.
    of: (timers) => Number(timers[group][name]),
    with: (timers, value) => ({ ...timers, [group]: { ...timers[group], [name]: value } }),
  };
}

export type TimerName = keyof typeof pinnableTimers;

/** Timers that the operator pinned: `advertIntervalMs` for the key `advertInterval`; counts keep their names. */
export type PinnedTimers = {
  readonly [Name in TimerName as PinName<Name>]?: number;
};

type PinName<Name extends TimerName> = (typeof pinnableTimers)[Name]['value'] extends 'time' ? `${Name}Ms` : Name;

/** What must be known of a node before its files can be rendered. */
export interface NodeFacts {
  readonly keepalived: Version;
  readonly haproxy: Version;
  readonly interface: string;
  /** Hard limit of open files that HAProxy may have. */
  readonly nofile: number;
  /** The CA file exists on the node; without it HAProxy would not start, so checks are then unverified until the next apply. */
  readonly caPresent: boolean;
  /** sha256 of that file: HAProxy must read it again when it changes. */
  readonly caDigest?: string;
  /**
   * The client certificate of health checks is on the node, or will be before its files are; without it HAProxy would not start.
   * Its fingerprint, where it is known: HAProxy must read it again when it changes.
   */
  readonly healthCert?: { readonly fingerprint?: string };
  /** Hardware addresses from which the nodes send, by the name of the node; of those that are known and stay. */
  readonly macs?: Readonly<Partial<Record<string, string>>>;
  /** How the nodes sign their adverts, and with which key (hexadecimal); absent where they do not. */
  readonly hmac?: { readonly mode: HmacMode; readonly key: string };
  /** Where the node's `ip` is; /bin/ip, which is Debian's place, when absent. */
  readonly ip?: string;
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
  healthCert: {},
};
