/** What a fault disrupts, so that `predict` can bound it without knowing how it was injected. */
export type DisruptionKind =
  | 'keepalived-stopped'
  | 'keepalived-killed'
  | 'haproxy-killed'
  | 'haproxy-hung'
  | 'node-lost'
  | 'api-server-killed'
  | 'api-server-hung'
  | 'api-server-not-ready'
  | 'cut-from-peers';

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

/** How long a client's new connections are not served, at least and at most, after one fault. */
export interface Prediction {
  readonly disruption: DisruptionKind;
  /** "VIP holder loses power". */
  readonly title: string;
  readonly impact: Impact;
  readonly lowerMs: number;
  readonly upperMs: number;
  /** The formula with the values filled in, e.g. `4 × 100 ms + 8.6 ms skew + 60 ms takeover`. */
  readonly formula: string;
  /** Longest time in which two nodes hold the VIP; 0 where it cannot happen. */
  readonly twoHoldersUpperMs: number;
  /** What the operator should know beside the figures. */
  readonly note?: string;
}
