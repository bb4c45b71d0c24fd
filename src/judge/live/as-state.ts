import { peersNeeded } from '../../cluster/fencing.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { ClusterState, NodeRunning, ServerSeen } from '../../cluster/state.ts';
import { haproxyNames } from '../../node/haproxy.ts';
import { known, mapObserved, unknown } from '../../core/observed.ts';
import type { HaproxyStats, ProcessSeen } from '../../observe/live/model.ts';
import { haproxySilentAfterMs, type NodeWatch, type WatchState } from './model.ts';

function active(seen: ProcessSeen): string {
  return { running: 'active', stopped: 'stopped by a signal', absent: 'not running' }[seen];
}

/**
 * The VIPs that a node holds as far as is known now: a claim that was last confirmed before another node was seen to take
 * the VIP over says nothing any more.
 */
export function heldVips(nodes: readonly NodeWatch[], { node, now, claims }: NodeWatch): readonly string[] {
  if (!now.answering || !now.sample.vips.known) return [];
  return now.sample.vips.value.filter((vip) =>
    nodes.every((other) => {
      const theirs = other.claims[vip];
      return other.node === node || theirs === undefined || theirs <= now.sentMs || (claims[vip] ?? 0) >= theirs;
    }),
  );
}

function serversOf(stats: HaproxyStats): readonly ServerSeen[] {
  return stats.servers.map(({ server, status, sessions, lastCheck, checkCode }) => ({
    backend: haproxyNames.ready,
    server,
    status,
    sessions,
    lastCheck,
    ...(checkCode !== undefined && { checkCode }),
  }));
}

/**
 * The watch as the one observation that gates and findings judge, so that every view shows the same ones.
 */
export function asClusterState(spec: ClusterSpec, nodes: WatchState['nodes']): ClusterState<NodeRunning> {
  return {
    nodes: nodes.map((watched) => {
      const { node, now, clock } = watched;
      if (!now.answering) return { node, seen: unknown(now.reason) };
      const { sample, haproxy, instances } = now;
      const needed = peersNeeded(spec);
      return {
        node,
        seen: known({
          addresses: mapObserved(sample.vips, () => heldVips(nodes, watched).map((address) => ({ address }))),
          haproxy: {
            active: active(sample.haproxy),
            // One that was just started, or is asked for the first time, may still answer.
            ...((haproxy.known || now.atMs - now.haproxyAtMs > haproxySilentAfterMs) && { answers: haproxy.known }),
          },
          keepalived: { active: active(sample.keepalived) },
          livez: mapObserved(haproxy, ({ peersUp }) => (peersUp !== undefined && peersUp < needed ? 503 : 200)),
          instances:
            sample.keepalived === 'running' ? instances : unknown(`keepalived is ${active(sample.keepalived)}`),
          servers: mapObserved(haproxy, serversOf),
          clients: mapObserved(haproxy, ({ sessions, sessionLimit }) => ({ current: sessions, limit: sessionLimit })),
          levers: sample.drain ? { drain: sample.drain } : {},
          lock: sample.lock,
          clock: clock ? known(clock) : unknown('its clock was not asked yet'),
        }),
      };
    }),
  };
}
