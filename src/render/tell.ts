import { filled } from '../core/shell-text.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import { haproxyNames } from '../node/haproxy.ts';
import { keptFile, paths } from '../node/paths.ts';
import type { NodeFacts } from '../cluster/timers.ts';
import * as programs from './shell/programs.ts';

/** How often the entries of open connections are touched, in seconds. */
const touchSeconds = 10;

/** After this time the other nodes forget a connection that was not touched, in seconds: it ended, or its node did. */
export const forgetSeconds = 3 * touchSeconds;

/** Connections that are told at most when a VIP moves: as many as the table has places. */
const mostTold = 20_000;

/**
 * Between a telling and the next, in seconds: what was lost is sent again. A client's kernel answers such segments of a connection
 * once in 500 ms (tcp_invalid_ratelimit); one that comes sooner is not heard.
 */
const againSeconds = 0.6;

/** How long a node that is told that it lost a VIP waits before it believes it, in seconds: keepalived may take it up again. */
const goneSeconds = 0.2;

/** A line of HAProxy's unit that touches entries as long as HAProxy runs; its processes are the unit's. */
export const keepsClients = `ExecStartPost=/bin/sh -c '${paths.tellScript} keep >/dev/null 2>&1 &'`;

/**
 * Tells clients of a VIP that their connections are gone, as CTDB and Pacemaker do for NFS ("tickle ACK"): a segment that is
 * out of a client's window is answered (RFC 9293 §3.10.7.4), and the new holder's kernel, which has no such connection, resets
 * by that answer. HAProxy's table says whom: only who completed a handshake with a VIP, never more than it holds. A node that has
 * lost a VIP ends its own side: a socket that stayed would answer in the place of that reset, when the VIP comes back and a client
 * has the same port again.
 */
export function tellScript({ endpoint }: ClusterSpec, facts: Pick<NodeFacts, 'interface'>): string {
  const table = haproxyNames.clients;
  return filled(programs.tellClients, {
    TABLE: table,
    SOCKET: paths.haproxySocket,
    TOUCH_SECONDS: touchSeconds,
    MOST_TOLD: mostTold,
    PORT: endpoint.port,
    AGAIN_SECONDS: againSeconds,
    GONE_SECONDS: goneSeconds,
    DEV: facts.interface,
    KEPT_FILE: keptFile('$vip'),
  });
}
