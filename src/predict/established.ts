import type { DisruptionKind, Established } from '../cluster/disruption.ts';
import { keepsConnections, tellsClients, type ClusterSpec } from '../cluster/spec.ts';

/** What happens to the connections through the VIP's holder, before anything of ours helps them. */
type Fate =
  /** The VIP moves on purpose, while the holder is well. */
  | 'planned'
  /** The VIP moves to a node that does not know them. */
  | 'moved'
  /** The holder's kernel ends them while it has the VIP. */
  | 'reset';

/** Where a fault is not named, they go on. */
const fates: Readonly<Partial<Record<DisruptionKind, Fate>>> = {
  drained: 'planned',
  restarted: 'planned',
  'haproxy-killed': 'reset',
  'haproxy-out-of-memory': 'reset',
  'keepalived-stopped': 'moved',
  'keepalived-killed': 'moved',
  'keepalived-hung': 'moved',
  'haproxy-stopped': 'moved',
  'haproxy-hung': 'moved',
  'node-lost': 'moved',
  'node-rebooted': 'moved',
  'node-paused': 'moved',
  'link-down': 'moved',
  'link-flapping': 'moved',
  'cut-from-peers': 'moved',
  'deaf-to-peers': 'moved',
  'mute-to-peers': 'moved',
  isolated: 'moved',
  'late-arp': 'moved',
};

/** From the VIP's move until the last of 1,000 clients is told: the lab's longest is less than half of it (docs/guides/idle-clients.md). */
export const toldMs = 1000;

/** client-go's pings: 30 s without a frame, and 15 s for the answer (HTTP2_READ_IDLE_TIMEOUT_SECONDS and HTTP2_PING_TIMEOUT_SECONDS). */
export const clientGoMs = 45_000;

/**
 * What becomes of connections that are established when a fault begins, and when a client that waits on one knows.
 * @param upperMs the longest time until new connections are served
 * @returns undefined where they go on as if nothing was
 */
export function establishedOf(spec: ClusterSpec, kind: DisruptionKind, upperMs: number): Established | undefined {
  const fate = fates[kind];
  if (fate === undefined) return undefined;
  if (fate === 'reset') return { become: 'reset', knowUpperMs: upperMs };
  if (fate === 'planned' && keepsConnections(spec)) return { become: 'kept', knowUpperMs: 0 };
  return tellsClients(spec)
    ? { become: 'told', knowUpperMs: upperMs + toldMs }
    : { become: 'silent', knowUpperMs: clientGoMs };
}
