import { peersNeeded } from '../../cluster/fencing.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { ClusterState, NodeSeen } from '../../cluster/state.ts';
import { known, mapObserved, unknown } from '../../core/observed.ts';
import type { HaproxyStats, ProcessSeen } from '../../observe/live/model.ts';
import type { NodeWatch, WatchState } from './model.ts';

const notRead = unknown('the watch does not read it');

/** What a watch does not look at, each said to be unknown. */
const unread: NodeSeen = {
  os: 'unknown',
  systemd: true,
  packageManager: 'other',
  programs: { keepalived: notRead, haproxy: notRead, curl: notRead, socat: notRead },
  addresses: notRead,
  nofile: 0,
  caPresent: false,
  caDigest: undefined,
  writable: notRead,
  freeKiB: notRead,
  files: [],
  dns: notRead,
  haproxy: { active: 'unknown', enabled: false, ageMs: undefined, unitRevision: undefined },
  keepalived: { active: 'unknown', enabled: false, ageMs: undefined, unitRevision: undefined },
  addons: { active: 'unknown', enabled: false, ageMs: undefined, unitRevision: undefined },
  haproxyConfig: notRead,
  keepalivedConfig: notRead,
  livez: notRead,
  instances: notRead,
  servers: notRead,
  levers: {},
  lock: undefined,
  kubernetes: notRead,
  listeners: notRead,
  neighbours: {},
  clock: notRead,
};

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

function serversOf(
  stats: HaproxyStats,
): { server: string; status: string; sessions: number; lastCheck: string; backend: string }[] {
  return stats.servers.map(({ server, status, sessions, lastCheck }) => ({
    backend: 'k8s_api_ready',
    server,
    status,
    sessions,
    lastCheck,
  }));
}

function asAddress(address: string) {
  return { interface: '', mac: '', address, prefixLength: 32 };
}

/**
 * The watch as the one observation that gates and findings judge, so that every view shows the same ones.
 */
export function asClusterState(spec: ClusterSpec, nodes: WatchState['nodes']): ClusterState {
  return {
    nodes: nodes.map((watched) => {
      const { node, now, clock } = watched;
      if (!now.answering) return { node, seen: unknown(now.reason) };
      const { sample, haproxy, instances } = now;
      const needed = peersNeeded(spec);
      return {
        node,
        seen: known({
          ...unread,
          addresses: mapObserved(sample.vips, () => heldVips(nodes, watched).map(asAddress)),
          haproxy: { ...unread.haproxy, active: active(sample.haproxy) },
          keepalived: { ...unread.keepalived, active: active(sample.keepalived) },
          livez: mapObserved(haproxy, ({ peersUp }) => (peersUp !== undefined && peersUp < needed ? 503 : 200)),
          instances:
            sample.keepalived === 'running' ? instances : unknown(`keepalived is ${active(sample.keepalived)}`),
          servers: mapObserved(haproxy, serversOf),
          levers: sample.drain === '' ? {} : { drain: sample.drain },
          lock: sample.lock,
          clock: clock ? known(clock) : unread.clock,
        }),
      };
    }),
  };
}
