import { peersNeeded } from '../../cluster/fencing.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { LockSeen } from '../../cluster/lock.ts';
import type { ClusterState, LeverPull, NodeRunning } from '../../cluster/state.ts';
import type { Finding, FindingId } from '../../core/finding.ts';
import { pullText } from '../../node/lever.ts';
import { units } from '../../node/paths.ts';
import { answeringServers, isFull } from '../health.ts';
import { tellUnfinished } from '../unfinished.ts';
import type { NextCommands } from './commands.ts';
import type { DiagnoseOptions } from './model.ts';

/** What is wrong with one node, the cause of the rest first. */
export interface NodeTrouble {
  readonly rule: FindingId;
  readonly severity: 'error' | 'warning';
  readonly what: string;
  readonly command: string;
}

/** One node as it is judged. */
export interface JudgedNode {
  readonly name: string;
  /** Undefined where it does not answer. */
  readonly seen: NodeRunning | undefined;
  /** Why it does not answer. */
  readonly reason: string;
  /** The first explains the others. */
  readonly troubles: readonly NodeTrouble[];
  /** It could serve the VIPs. */
  readonly fit: boolean;
}

/** What is wrong with each node by itself. */
export function judgeNodes(
  spec: ClusterSpec,
  state: ClusterState<NodeRunning>,
  next: NextCommands,
  options: DiagnoseOptions,
): readonly JudgedNode[] {
  return state.nodes.map(({ node, seen }) => {
    if (!seen.known) {
      const command = next.on(node);
      const troubles = [{ rule: 'node-unknown', severity: 'error', what: `${node} does not answer`, command }] as const;
      return { name: node, seen: undefined, reason: seen.reason, troubles, fit: false };
    }
    const findings = (options.findings ?? []).filter((finding) => finding.node === node);
    const begun = (options.unfinished?.[node] ?? []).map((each): NodeTrouble => {
      const told = tellUnfinished(each, next);
      return { ...told, what: `${node}: ${told.what}` };
    });
    const troubles = troublesOf(spec, node, seen.value, findings, next);
    const fit = isFit(seen.value) && troubles.length === 0;
    return { name: node, seen: seen.value, reason: '', troubles: [...begun, ...troubles], fit };
  });
}

function isFit(seen: NodeRunning): boolean {
  return (
    seen.instances.known &&
    seen.instances.value.length > 0 &&
    seen.instances.value.every(({ state }) => state === 'MASTER' || state === 'BACKUP') &&
    seen.servers.known &&
    answeringServers(seen).length > 0
  );
}

function troublesOf(
  spec: ClusterSpec,
  node: string,
  seen: NodeRunning,
  findings: readonly Finding[],
  next: NextCommands,
): readonly NodeTrouble[] {
  const troubles: NodeTrouble[] = [];
  const add = (rule: FindingId, what: string, command: string, severity: NodeTrouble['severity'] = 'error'): void =>
    void troubles.push({ rule, severity, what, command });
  const { haproxy, keepalived, levers, instances } = seen;
  const drain = levers['drain'];
  if (drain) add('drained', ...drained(node, drain, seen.lock, next), 'warning');
  if (seen.livez.known && seen.livez.value === 503)
    add('cut-off', `${node} does not reach the majority of the nodes`, reachPeer(spec, node, next));
  const down = [haproxy, keepalived].map(({ active }) => active !== 'active' && active !== 'unknown');
  if (down[0] && down[1])
    if ('files' in seen && Array.isArray(seen.files) && seen.files.length === 0)
      add('keepalived-down', `k8s-ha is not set up on ${node}`, next.tool('apply'));
    else
      add(
        'keepalived-down',
        `neither HAProxy nor keepalived runs on ${node}`,
        next.on(node, `systemctl status ${units.haproxy} ${units.keepalived}`),
      );
  else if (down[0])
    add('haproxy-down', `HAProxy on ${node} is ${haproxy.active}`, next.on(node, `systemctl status ${units.haproxy}`));
  else if (down[1])
    add(
      'keepalived-down',
      `keepalived on ${node} is ${keepalived.active}`,
      next.on(node, `systemctl status ${units.keepalived}`),
    );
  const unasked = [haproxy, keepalived].filter(({ active }) => active === 'unknown').length;
  if (unasked > 0)
    add(
      'node-unknown',
      `whether HAProxy and keepalived run on ${node} is unknown`,
      next.on(node, 'systemctl --failed'),
    );
  if (!down[0] && haproxy.answers === false)
    add('haproxy-silent', `HAProxy on ${node} does not answer`, next.on(node, `journalctl -n 50 -u ${units.haproxy}`));
  if (!down[1] && keepalived.answers === false)
    add(
      'keepalived-silent',
      `keepalived on ${node} does not answer`,
      next.on(node, `journalctl -n 50 -u ${units.keepalived}`),
    );
  if (!down[1] && keepalived.hearsLevers === false)
    add(
      'levers-unheard',
      `keepalived on ${node} hears no lever: it cannot be drained`,
      next.on(node, 'sysctl -w fs.inotify.max_user_instances=1024 && systemctl restart k8s-ha-keepalived'),
    );
  if (seen.clients.known && isFull(seen.clients.value)) {
    const { current, limit } = seen.clients.value;
    add(
      'connections-full',
      `HAProxy on ${node} is full: ${current} of at most ${limit} connections`,
      next.on(node, `ss -Htn state established sport = :${spec.endpoint.port}`),
    );
  }
  if (findings.some(({ rule }) => rule === 'mac-changed'))
    add('mac-changed', `${node} has another hardware address than the others know`, next.tool('apply'));
  const fault = instances.known ? instances.value.filter(({ state }) => state === 'FAULT') : [];
  if (fault.length > 0)
    add(
      'instance-fault',
      `${node} cannot take ${vipsOf(spec, fault)}: VRRP is in FAULT`,
      next.on(node, `journalctl -n 50 -u ${units.keepalived}`),
    );
  return troubles;
}

/** A rollout lets its own drain go; where it was interrupted, the next one does. */
function drained(
  node: string,
  pull: LeverPull,
  lock: LockSeen | undefined,
  next: NextCommands,
): readonly [what: string, command: string] {
  if (pull.by !== 'rollout')
    return [`${node} is drained for maintenance: ${pullText(pull)}`, next.tool('undrain', node)];
  return lock?.token === pull.token
    ? [`${node} is drained by a rollout that works on it (${lock.owner})`, next.tool('status', '--watch')]
    : [`${node} is drained ${pullText(pull)} that does not run any more`, next.tool('apply')];
}

function reachPeer(spec: ClusterSpec, node: string, next: NextCommands): string {
  const peer = spec.nodes.find(({ name }) => name !== node && peersNeeded(spec) > 0);
  return next.on(node, peer ? `ping -c 3 ${peer.address}` : 'ip -br address');
}

function vipsOf(spec: ClusterSpec, instances: readonly { readonly name: string }[]): string {
  const vips = spec.endpoint.virtualIPs.filter(({ instance }) => instances.some(({ name }) => name === instance));
  return vips.length === spec.endpoint.virtualIPs.length && vips.length > 1
    ? 'any VIP'
    : list(vips.map(({ address }) => address));
}

/** "a", "a and b", "a, b and c". */
export function list(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
