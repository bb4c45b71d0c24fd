import { actionText } from '../cluster/lock.ts';
import { haproxyNames } from '../node/haproxy.ts';
import type { ClusterStatus } from '../judge/status.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import { holdersOf, type ClusterState, type NodeState } from '../cluster/state.ts';
import { formatMs } from '../core/duration.ts';
import { hostPort } from '../core/ip.ts';
import { versionText } from '../core/version.ts';
import { readyServers } from '../judge/health.ts';
import { kubernetesLines } from './kubernetes.ts';
import { table } from './table.ts';

/** The state for people: who holds each VIP, then a line for each node. */
export function statusText(spec: ClusterSpec, { state, files }: Pick<ClusterStatus, 'state' | 'files'>): string {
  const holders = spec.endpoint.virtualIPs.map(({ address }) => {
    const names = holdersOf(state, address);
    return [
      address,
      names.length === 0 ? 'no holder seen' : names.join(' AND '),
      `https://${hostPort(address, spec.endpoint.port)}`,
    ];
  });
  return [
    spec.name,
    '',
    table(['VIP', 'HOLDER', 'ENDPOINT'], holders),
    '',
    table(
      ['NODE', 'HAPROXY', 'KEEPALIVED', 'VRRP', 'API SERVERS READY', 'FILES'],
      state.nodes.map((node) => nodeRow(spec, node, files[node.node])),
    ),
    '',
    table(
      ['API SERVER', ...state.nodes.map(({ node }) => `as ${node} sees it`)],
      spec.nodes.map(({ name }) => [name, ...state.nodes.map((node) => serverCell(node, name))]),
    ),
    ...kubernetesLines(state),
    ...lockLines(state),
  ].join('\n');
}

function nodeRow(spec: ClusterSpec, { node, seen }: NodeState, files: string | undefined): readonly string[] {
  if (!seen.known) return [node, 'unknown', 'unknown', 'unknown', 'unknown', 'unknown'];
  const { value } = seen;
  const program = (name: 'haproxy' | 'keepalived'): string => {
    const version = value.programs[name];
    const text = version.known ? (version.value ? versionText(version.value) : 'not installed') : 'unknown';
    return `${value[name].active} ${text}`;
  };
  const vrrp = value.instances.known
    ? value.instances.value.map(({ name, state }) => `${name.replace('K8S_API_', '')}:${state}`).join(' ')
    : 'unknown';
  return [
    node,
    program('haproxy'),
    program('keepalived'),
    vrrp,
    value.servers.known ? `${readyServers(value).length}/${spec.nodes.length}` : 'unknown',
    files ?? 'unknown',
  ];
}

function serverCell({ seen }: NodeState, server: string): string {
  if (!seen.known || !seen.value.servers.known) return 'unknown';
  const row = seen.value.servers.value.find((entry) => entry.backend === haproxyNames.ready && entry.server === server);
  return row ? `${row.status} · ${row.sessions} sessions` : 'not configured';
}

/** Who works on the cluster right now; a lock on every node is one lock. */
function lockLines(state: ClusterState): readonly string[] {
  const locks = state.nodes.flatMap(({ node, seen }) =>
    seen.known && seen.value.lock ? [{ node, lock: seen.value.lock }] : [],
  );
  return [...new Set(locks.map(({ lock }) => lock.token))].flatMap((token) => {
    const same = locks.filter(({ lock }) => lock.token === token);
    const [first] = same;
    if (!first) return [];
    const { owner, machine, action, ageS } = first.lock;
    const nodes = same.map(({ node }) => node).join(', ');
    return ['', `Locked by ${owner} on ${machine}: ${actionText(action)}, since ${formatMs(ageS * 1000)} (${nodes})`];
  });
}
