/** What a fault disrupts, with a title for people, so that `predict` can bound it without knowing how it was injected. */
export const disruptions = {
  'keepalived-stopped': 'keepalived is stopped on the VIP holder',
  'keepalived-killed': 'keepalived is killed on the VIP holder',
  'keepalived-hung': 'keepalived hangs on the VIP holder',
  'haproxy-stopped': 'HAProxy is stopped on the VIP holder',
  'haproxy-killed': 'HAProxy is killed on the VIP holder',
  'haproxy-hung': 'HAProxy hangs on the VIP holder',
  'haproxy-out-of-memory': 'the kernel kills HAProxy on the VIP holder for want of memory',
  'connections-exhausted': 'HAProxy on the VIP holder has as many connections as it may have',
  'node-lost': 'VIP holder loses power',
  'node-rebooted': 'VIP holder reboots',
  'node-paused': 'VIP holder stands still, and goes on',
  'link-down': "the VIP holder's link goes down",
  'link-flapping': "the VIP holder's link goes down and up again and again",
  'packets-lost-10': 'one in ten packets between the VIP holder and the other nodes is lost',
  'packets-lost-30': 'three in ten packets between the VIP holder and the other nodes are lost',
  'mtu-black-hole': 'long packets from the VIP holder to clients are lost',
  'cut-from-peers': 'VIP holder is cut from the other nodes, not from clients',
  'deaf-to-peers': 'VIP holder hears the other nodes no more; they hear it',
  'mute-to-peers': 'the other nodes hear the VIP holder no more; it hears them',
  'pair-cut': 'VIP holder and the next best node do not hear each other; the others hear both',
  isolated: 'VIP holder is cut from everybody',
  'disk-full': '/run is full on the VIP holder',
  'read-only-root': 'the system of the VIP holder is read-only',
  'cpu-starved': 'other work asks for every processor of the VIP holder',
  'vip-deleted': 'the VIP is deleted by hand on its holder',
  'dns-gone': 'no name server answers the VIP holder',
  'clock-stepped': "the VIP holder's clock is set, an hour ahead and an hour behind",
  'address-taken': 'a stranger says that it has the VIP',
  'late-arp': 'the VIP moves, and clients learn it late',
  'network-restarted': "the VIP holder's network service restarts",
  'api-server-killed': 'API server is killed',
  'api-server-out-of-memory': 'the kernel kills an API server for want of memory',
  'api-server-hung': 'API server hangs',
  'api-server-not-ready': 'API server is not ready',
  'etcd-member-killed': 'an etcd member is killed',
  'etcd-leader-killed': 'the etcd leader is killed',
  'etcd-quorum-lost': 'etcd loses its quorum',
  reloaded: 'HAProxy and keepalived are reloaded',
  drained: 'VIP holder is drained',
  restarted: 'HAProxy and keepalived are restarted on every node, one by one',
} as const;

/** How long a drill keeps HAProxy full, in milliseconds. */
export const exhaustedMs = 2000;

/** How long a drill keeps a node still, its link flapping, and packets lost, in milliseconds. */
export const pausedMs = 3000;
export const flappingMs = 10_000;
export const lossMs = 5000;

/** How long a drill's stranger claims a VIP, and how long its clients hear of no move, in milliseconds. */
export const strangerMs = 5000;
export const lateMs = 5000;

/** By how much a drill sets a clock wrong, and for how long each way, in milliseconds. */
export const clockAheadMs = 3_600_000;
export const clockAwayMs = 3000;

/** Shares of packets that networks lose: a bad cable, a full radio link, a broken switch. */
export const lossShares = [0.01, 0.1, 0.3] as const;

export type DisruptionKind = keyof typeof disruptions;

export function isKind(text: string): text is DisruptionKind {
  return Object.hasOwn(disruptions, text);
}

/** What a client sees while the fault lasts. */
export type Impact =
  /** No new connection is served. */
  | 'outage'
  /** A share of the new connections fails or waits. */
  | 'partial'
  /** Only requests in flight on the broken server fail. */
  | 'in-flight'
  /** Nothing. */
  | 'none';

/** What becomes of requests that need etcd while the address itself answers. */
export type Writes =
  /** Nothing can be written until the fault ends. */
  | 'fail'
  /** They wait, and are answered then. */
  | 'wait'
  /** Those that reach one API server fail. */
  | 'some-fail';

/** The loss of reads that etcd's majority has to agree to: what a client can use of the API. */
export interface Reads extends Pick<Prediction, 'impact' | 'lowerMs' | 'upperMs' | 'formula'> {
  /** Also where the etcd member that is struck only follows, so that none is elected. */
  readonly ofFollowers?: true;
}

/** What becomes of connections that are established when a fault begins. */
export interface Established {
  /**
   * `kept`: they go on through the node that had the VIP. `reset`: they end at once. `told`: the node that takes the VIP over tells
   * their clients. `silent`: nobody does, and a client that waits learns of it by its own timers.
   */
  readonly become: 'kept' | 'reset' | 'told' | 'silent';
  /** From the fault until an idle client knows, at most, in milliseconds; with `silent`, by client-go's timers. */
  readonly knowUpperMs: number;
}

/** A connection that is answered later than this was not served at once. */
export const defaultPromptMs = 250;

/** The prediction that such reads are held against. Where they wait for etcd, the API server that is gone is found out before. */
export function ofReads(prediction: Prediction): Prediction {
  const { lateShare: _, reads, ...others } = prediction;
  if (!reads) return prediction;
  const { impact, lowerMs, upperMs, formula } = reads;
  return { ...others, impact, lowerMs, upperMs, formula };
}

/** How long a client's new connections are not served, at least and at most, after one fault. */
export interface Prediction {
  readonly disruption: DisruptionKind;
  /** "VIP holder loses power". */
  readonly title: string;
  readonly impact: Impact;
  /** What a read that needs etcd's majority loses; absent where it fares no worse than connections. */
  readonly reads?: Reads;
  /** Absent where writes fare no worse than connections. */
  readonly writes?: Writes;
  readonly lowerMs: number;
  readonly upperMs: number;
  /** The formula with the values filled in, e.g. `4 × 100 ms + 8.6 ms skew + 60 ms takeover`. */
  readonly formula: string;
  /** Absent where connections through the VIP's holder go on. */
  readonly established?: Established;
  /** Longest time in which two nodes hold the VIP; 0 where it cannot happen. */
  readonly twoHoldersUpperMs: number;
  /**
   * Share of the new connections that is still not served at once when the address answers again, because their API server went with
   * the node: until HAProxy has given it up. Absent where there is none.
   */
  readonly lateShare?: number;
  /** What the operator should know beside the figures. */
  readonly note?: string;
}
