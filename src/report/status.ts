import { actionText } from '../cluster/lock.ts';
import { checkText, serverText } from '../node/check-text.ts';
import { haproxyNames } from '../node/haproxy.ts';
import type { ClusterStatus } from '../judge/status.ts';
import { keepsConnections, tellsClients, type ClusterSpec } from '../cluster/spec.ts';
import { holdersOf, type ClusterState, type InstanceSeen, type NodeState, type ServerSeen } from '../cluster/state.ts';
import { formatMs } from '../core/duration.ts';
import { hostPort } from '../core/ip.ts';
import { versionText } from '../core/version.ts';
import { readyServers } from '../judge/health.ts';
import { kubernetesLines } from './kubernetes.ts';
import { fittedTable } from './table.ts';
import { wrap } from './wrap.ts';

/** The state for people: who holds each VIP, then a line for each node and API server, then Kubernetes. */
export function statusText(
  spec: ClusterSpec,
  { state, files }: Pick<ClusterStatus, 'state' | 'files'>,
  width = Infinity,
): string {
  const holders = spec.endpoint.virtualIPs.map(({ address }) => {
    const names = holdersOf(state, address);
    return [
      address,
      names.length === 0 ? 'no holder seen' : names.join(' AND '),
      `https://${hostPort(address, spec.endpoint.port)}`,
    ];
  });
  return [
    fittedTable(['VIP', 'HOLDER', 'ENDPOINT'], holders, width),
    '',
    fittedTable(
      ['NODE', 'HAPROXY', 'KEEPALIVED', 'VIPS', 'API SERVERS', 'FILES'],
      state.nodes.map((node) => nodeRow(spec, node, files[node.node])),
      width,
    ),
    '',
    fittedTable(
      ['API SERVER', 'READY FOR', 'SESSIONS', 'LAST CHECK'],
      spec.nodes.map(({ name }) => serverRow(state, name)),
      width,
    ),
    ...kubernetesLines(state, width),
    ...[...connectionLines(spec), ...keptLines(state)].flatMap((line) => wrap(line, width)),
    ...lockLines(state).flatMap((line) => wrap(line, width)),
  ].join('\n');
}

function nodeRow(spec: ClusterSpec, { node, seen }: NodeState, files: string | undefined): readonly string[] {
  if (!seen.known) return [node, 'unknown', 'unknown', 'unknown', 'unknown', 'unknown'];
  const { value } = seen;
  const program = (name: 'haproxy' | 'keepalived'): string => {
    const version = value.programs[name];
    const text = version.known ? (version.value ? versionText(version.value) : 'not installed') : 'unknown version';
    const { active, answers } = value[name];
    return `${active === 'active' ? (answers === false ? 'hangs' : 'runs') : active} ${text}`;
  };
  return [
    node,
    program('haproxy'),
    program('keepalived'),
    value.instances.known ? roleText(value.instances.value) : 'unknown',
    value.servers.known ? `${readyServers(value).length} of ${spec.nodes.length} ready` : 'unknown',
    files ?? 'unknown',
  ];
}

const roles = { MASTER: 'holds', BACKUP: 'stands by', FAULT: 'cannot hold', INIT: 'starts' } as const;

/** What a node's VRRP instances do: "holds", or "holds 1, stands by for 2" where there are several. */
function roleText(instances: readonly InstanceSeen[]): string {
  const [only] = instances;
  if (!only) return 'none';
  if (instances.length === 1) return roles[only.state];
  return (['MASTER', 'BACKUP', 'FAULT', 'INIT'] as const)
    .map((state) => ({ state, count: instances.filter((one) => one.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${roles[state]}${state === 'BACKUP' ? ' for' : ''} ${count}`)
    .join(', ');
}

function said(row: ServerSeen | undefined): string {
  return row ? `${serverText(row.status)}: ${checkText(row.lastCheck)}` : 'not configured';
}

/** An API server as all HAProxys see it that tell. */
function serverRow(state: ClusterState, server: string): readonly string[] {
  const views = state.nodes.flatMap(({ node, seen }) => {
    if (!seen.known || !seen.value.servers.known) return [];
    const row = seen.value.servers.value.find((one) => one.backend === haproxyNames.ready && one.server === server);
    return [{ node, row }];
  });
  if (views.length === 0) return [server, 'unknown', '', ''];
  const ready = views.filter(({ row }) => row?.status.startsWith('UP') === true);
  const others = views.filter((view) => !ready.includes(view));
  const sessions = views.reduce((sum, { row }) => sum + (row?.sessions ?? 0), 0);
  const reasons = [...new Set((others.length > 0 ? others : ready).map(({ row }) => said(row)))];
  return [
    server,
    ready.length === views.length
      ? `all ${views.length} HAProxys`
      : ready.length === 0
        ? 'no HAProxy'
        : ready.map(({ node }) => node).join(', '),
    String(sessions),
    others.length === 0
      ? reasons.filter((reason) => reason !== 'ready: ready').join('; ') || 'ready'
      : reasons.join('; '),
  ];
}

/** What the cluster file wants for connections that are established when a VIP moves. */
function connectionLines(spec: ClusterSpec): readonly string[] {
  const wants = [
    ...(keepsConnections(spec) ? ['a planned move keeps them'] : []),
    ...(tellsClients(spec) ? ['another one tells their clients'] : []),
  ];
  return wants.length === 0 ? [] : ['', `Established connections: ${wants.join('; ')}.`];
}

/** Connections that go on through a node that had the VIP before a planned move. */
function keptLines(state: ClusterState): readonly string[] {
  const lines = state.nodes.flatMap(({ node, seen }) =>
    Object.entries(seen.known ? seen.value.kept : {}).flatMap(([vip, { connections, ageMs }]) =>
      connections === 0
        ? []
        : [
            `${connections} ${connections === 1 ? 'connection' : 'connections'} of ${vip} ${connections === 1 ? 'goes' : 'go'} on through ${node}, which gave it up ${formatMs(ageMs)} ago`,
          ],
    ),
  );
  return lines.length === 0 ? [] : ['', ...lines];
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
    return ['', `Locked by ${owner} on ${machine}: ${actionText(action)}, for ${formatMs(ageS * 1000)} (${nodes})`];
  });
}
