import type { ClusterSpec } from '../cluster/spec.ts';
import { holdersOf, type ClusterState, type NodeRunning, type NodeSeen } from '../cluster/state.ts';
import type { Finding, FindingId } from '../core/finding.ts';
import type { Observed } from '../core/observed.ts';
import { parseVersion, versionText } from '../core/version.ts';
import { clockFindings } from './clock.ts';
import { firewallFindings } from './firewall.ts';
import { guardFindings } from './guard.ts';
import { healthCertFindings, isRefusal, refusedFinding } from './health-check.ts';
import { unfinishedOf } from './unfinished.ts';
import { haproxyNames } from '../node/haproxy.ts';
import { isRolloutPull, pullText } from '../node/lever.ts';

/** What is wrong right now, judged from one observation. */
export function healthFindings(spec: ClusterSpec, state: ClusterState): readonly Finding[] {
  const unfinished = unfinishedOf(state);
  return [
    ...runningFindings(spec, state).map((finding) => {
      // Another command ends that drain, and its own finding tells it.
      const { suggestion: _, ...rest } = finding;
      return finding.rule === 'drained' && unfinished[finding.node ?? ''] ? rest : finding;
    }),
    ...state.nodes.flatMap(({ node, seen }) =>
      seen.known
        ? [
            ...replacedPrograms(node, seen.value),
            ...guardFindings(node, seen.value),
            ...firewallFindings(node, seen.value),
            ...healthCertFindings(spec, seen.value).map((finding) => ({ ...finding, node })),
          ]
        : [],
    ),
    ...clockFindings(state),
  ];
}

/** The part of it that a live view can judge: what runs. */
export function runningFindings(spec: ClusterSpec, state: ClusterState<NodeRunning>): readonly Finding[] {
  return [...holderFindings(spec, state), ...state.nodes.flatMap(({ node, seen }) => nodeFindings(spec, node, seen))];
}

function holderFindings(spec: ClusterSpec, state: ClusterState<NodeRunning>): readonly Finding[] {
  const blind = state.nodes.filter(({ seen }) => !seen.known || !seen.value.addresses.known).map(({ node }) => node);
  return spec.endpoint.virtualIPs.flatMap(({ address }): Finding[] => {
    const holders = holdersOf(state, address);
    if (holders.length > 1)
      return [
        {
          rule: 'split-brain',
          severity: 'error',
          message: `${address} is held by ${holders.join(' and ')}`,
          reason: 'Clients reach one or the other by chance.',
        },
      ];
    if (holders.length === 0 && blind.length === 0)
      return [
        {
          rule: 'no-holder',
          severity: 'error',
          message: `${address} is held by no node`,
          reason: 'The API address is gone.',
          suggestion: 'See why each node is in FAULT: journalctl -u k8s-ha-keepalived.',
        },
      ];
    return [];
  });
}

function nodeFindings(spec: ClusterSpec, node: string, seen: Observed<NodeRunning>): readonly Finding[] {
  if (!seen.known) return [{ rule: 'node-unknown', severity: 'error', node, message: seen.reason }];
  const { value } = seen;
  const findings: Finding[] = [];
  const problem = (rule: FindingId, message: string, suggestion?: string): void => {
    findings.push({ rule, severity: 'error', node, message, ...(suggestion !== undefined && { suggestion }) });
  };
  if (value.haproxy.active !== 'active') problem('haproxy-down', `HAProxy is ${value.haproxy.active}`);
  if (value.keepalived.active !== 'active') problem('keepalived-down', `keepalived is ${value.keepalived.active}`);
  if (value.livez.known && value.livez.value === 503)
    problem('cut-off', 'the node does not reach the majority of the nodes');
  const drain = value.levers['drain'];
  if (drain)
    findings.push({
      rule: 'drained',
      severity: 'warning',
      node,
      message: `the node is drained: ${pullText(drain)}`,
      ...(isRolloutPull(drain) && {
        suggestion: 'Where no rollout is running, one was interrupted: `k8s-ha apply` finishes it.',
      }),
    });
  else if (value.instances.known)
    for (const { name, state } of value.instances.value)
      if (state === 'FAULT') problem('instance-fault', `${name} is in FAULT`);
  if (value.clients.known && isFull(value.clients.value)) {
    const { current, limit } = value.clients.value;
    problem('connections-full', `HAProxy has ${current} of at most ${limit} connections: new clients wait`);
  }
  if (value.servers.known) {
    const ready = readyServers(value).length;
    if (ready < spec.nodes.length) {
      const down = value.servers.value
        .filter(({ backend, status }) => backend === haproxyNames.ready && !status.startsWith('UP'))
        .map(({ server, status, lastCheck }) => `${server} ${status} (${lastCheck})`);
      findings.push({
        rule: 'api-server-down',
        severity: 'warning',
        node,
        message: `HAProxy finds ${ready} of ${spec.nodes.length} API servers ready: ${down.join(', ')}`,
      });
      const refused = value.servers.value
        .filter(({ backend }) => backend === haproxyNames.ready)
        .flatMap(({ checkCode }) => refusedFinding(spec, checkCode));
      findings.push(...refused.slice(0, 1).map((finding) => ({ ...finding, node })));
    }
  }
  return findings;
}

/** A few are always on their way in or out. 0 of 0: an HAProxy that tells no limit. */
export function isFull({ current, limit }: { readonly current: number; readonly limit: number }): boolean {
  return limit > 0 && current >= limit * 0.98;
}

/** Programs that go on with a file that a package's upgrade replaced. */
function replacedPrograms(node: string, value: NodeSeen): readonly Finding[] {
  const findings: Finding[] = [];
  for (const program of ['haproxy', 'keepalived'] as const) {
    const { replaced } = value[program];
    const installed = value.programs[program];
    if (replaced === undefined) continue;
    const name = program === 'haproxy' ? 'HAProxy' : 'keepalived';
    const runs = parseVersion(replaced);
    findings.push({
      rule: 'old-program-runs',
      severity: 'warning',
      node,
      message: `${name}${runs ? ` runs ${versionText(runs)}` : ''} from a package that was replaced; ${installed.known && installed.value ? versionText(installed.value) : 'another version'} is installed`,
      reason: 'An upgrade of the package does not restart k8s-ha’s own units, so that no VIP moves unasked.',
      suggestion: 'Run `k8s-ha apply`: it restarts them node by node, VIP holder last.',
    });
  }
  return findings;
}

/** The API servers that a node's HAProxy finds ready; empty also where that is unknown. */
export function readyServers(seen: NodeRunning): readonly string[] {
  return seen.servers.known
    ? seen.servers.value
        .filter(({ backend, status }) => backend === haproxyNames.ready && status.startsWith('UP'))
        .map(({ server }) => server)
    : [];
}

/**
 * The API servers that answer a node's HAProxy: those that are ready, and where there are none, those that refuse the checks' login.
 * These live as well, and HAProxy sends connections to them then; whether they are ready nobody knows.
 */
export function answeringServers(seen: NodeRunning): readonly string[] {
  const ready = readyServers(seen);
  if (ready.length > 0 || !seen.servers.known) return ready;
  return seen.servers.value
    .filter(({ backend, checkCode }) => backend === haproxyNames.ready && isRefusal(checkCode))
    .map(({ server }) => server);
}
