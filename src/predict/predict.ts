import type { ClusterSpec } from '../cluster/spec.ts';
import type { DisruptionKind, Prediction } from '../cluster/disruption.ts';
import type { Timers } from '../cluster/timers.ts';
import { defaultAllowances, type Allowances } from './allowances.ts';
import { bounds } from './outage.ts';

const kinds: readonly (readonly [DisruptionKind, string])[] = [
  ['keepalived-stopped', 'keepalived is stopped on the VIP holder'],
  ['keepalived-killed', 'keepalived is killed on the VIP holder'],
  ['haproxy-killed', 'HAProxy is killed on the VIP holder'],
  ['haproxy-hung', 'HAProxy hangs on the VIP holder'],
  ['node-lost', 'VIP holder loses power'],
  ['api-server-killed', 'API server is killed'],
  ['api-server-hung', 'API server hangs'],
  ['api-server-not-ready', 'API server is not ready'],
  ['cut-from-peers', 'VIP holder is cut from the other nodes, not from clients'],
];

export const disruptionKinds: readonly DisruptionKind[] = kinds.map(([kind]) => kind);

/**
 * Bounds what a client of the VIP loses in one fault of each kind, in milliseconds. Upper bounds take the worst holder, VIP
 * and moment; an upper bound is Infinity where only the node's return ends the outage.
 * @param allowances what timers do not bound; a drill's own measurements can replace the defaults
 */
export const predict = (spec: ClusterSpec, timers: Timers, allowances: Allowances = defaultAllowances): Prediction[] =>
  kinds.map(([disruption, title]) => ({
    disruption,
    title,
    ...bounds[disruption]({ spec, timers, allowances }),
  }));
