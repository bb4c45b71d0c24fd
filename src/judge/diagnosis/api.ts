import type { KubernetesSeen } from '../../cluster/kubernetes.ts';
import { majority, type ClusterSpec } from '../../cluster/spec.ts';
import type { NodeRunning, NodeSeen, ServerSeen } from '../../cluster/state.ts';
import { checkText } from '../../node/check-text.ts';
import { haproxyNames } from '../../node/haproxy.ts';
import { isRefusal, refusedFinding } from '../health-check.ts';
import type { Finding } from '../../core/finding.ts';
import type { NextCommands } from './commands.ts';
import type { Draft, Drafts } from './draft.ts';
import { ranks } from './model.ts';
import { list, type JudgedNode } from './nodes.ts';

/** What is known of the API servers as a whole. */
export interface JudgedApi {
  /** No HAProxy that tells finds any of them ready. */
  readonly noneReady: boolean;
  /** etcd accepts no writes. */
  readonly noWrites: boolean;
}

function isFullLook(seen: NodeRunning): seen is NodeSeen {
  return 'kubernetes' in seen;
}

/** Kubernetes on a node; undefined where it was not asked. */
export function kubernetesOf({ seen }: JudgedNode): KubernetesSeen | undefined {
  return seen && isFullLook(seen) && seen.kubernetes.known ? seen.kubernetes.value : undefined;
}

/** Nodes whose HAProxy tells of the API servers, and is not itself cut off from them. */
function viewersOf(nodes: readonly JudgedNode[]) {
  return nodes.flatMap(({ name, seen, troubles }) =>
    seen?.servers.known === true && !troubles.some(({ rule }) => rule === 'cut-off')
      ? [{ name, servers: seen.servers.value.filter(({ backend }) => backend === haproxyNames.ready) }]
      : [],
  );
}

/** Troubles of a node that keep the others from its API server. */
const explainsServer: readonly string[] = ['node-unknown', 'drained', 'cut-off'];

/** Tells of API servers that are not ready, and of etcd where it is the reason. */
export function judgeApi(
  spec: ClusterSpec,
  nodes: readonly JudgedNode[],
  drafts: Drafts,
  next: NextCommands,
  findings: readonly Finding[] = [],
): JudgedApi {
  const viewers = viewersOf(nodes);
  const views = spec.nodes.map(({ name }) => {
    const rows = viewers.map((viewer) => ({
      viewer: viewer.name,
      row: viewer.servers.find(({ server }) => server === name),
    }));
    return {
      name,
      by: rows.filter(({ row }) => row?.status.startsWith('UP') === true).map(({ viewer }) => viewer),
      not: rows.filter(({ row }) => row?.status.startsWith('UP') !== true),
    };
  });
  const noneReady = viewers.length > 0 && views.every(({ by }) => by.length === 0);
  const etcd = judgeEtcd(spec, nodes, drafts, next, { noneReady, findings });
  const root =
    etcd.lost ??
    (noneReady ? (loginRefused(spec, viewers, drafts, next) ?? noApiServer(spec, nodes, drafts, next)) : undefined);
  if (root && root.rule !== 'no-api-server' && noneReady) root.consequences.push('no API server is ready');
  for (const { name, by, not } of views) {
    if (not.length === 0 || viewers.length === 0) continue;
    const own = drafts.of(name);
    const explained = own && explainsServer.includes(own.rule) ? own : undefined;
    const said = `${noun(not.map(({ viewer }) => viewer))} its API server ${wordOf(not[0]?.row)}`;
    if (explained) explained.consequences.push(said);
    else if (root) {
      // Without etcd all of them are not ready, each for the same reason.
      if (!etcd.lost) root.consequences.push(`the API server of ${name} is ${readyText(not[0]?.row)}`);
    } else if (etcd.silent.includes(name)) memberDown(spec, name, drafts, next, said);
    else serverDown(name, by, not, drafts, next);
  }
  return { noneReady, noWrites: etcd.lost !== undefined || etcd.full };
}

function noun(viewers: readonly string[]): string {
  return `HAProxy on ${list(viewers)} finds`;
}

function wordOf(row: ServerSeen | undefined): string {
  return row?.status.startsWith('DRAIN') === true || row?.status.startsWith('MAINT') === true
    ? 'drained: it gets no new connections'
    : 'not ready';
}

function readyText(row: ServerSeen | undefined): string {
  return row ? `not ready: ${checkText(row.lastCheck)}` : 'not configured';
}

/** Where each API server that answers refuses the login of the checks, nobody knows which of them are ready. */
function loginRefused(
  spec: ClusterSpec,
  viewers: ReturnType<typeof viewersOf>,
  drafts: Drafts,
  next: NextCommands,
): Draft | undefined {
  const codes = viewers.flatMap(({ servers }) => servers.flatMap(({ checkCode }) => checkCode ?? []));
  const [finding] = codes.every(isRefusal) ? refusedFinding(spec, codes[0]) : [];
  return (
    finding &&
    drafts.add({
      rank: ranks.api,
      rule: finding.rule,
      severity: 'error',
      what: finding.message,
      command: next.explain(finding.rule),
    })
  );
}

function noApiServer(
  spec: ClusterSpec,
  nodes: readonly JudgedNode[],
  drafts: Drafts,
  next: NextCommands,
): Draft | undefined {
  const first = nodes.find(({ seen }) => seen)?.name ?? spec.nodes[0]?.name ?? '';
  return drafts.add({
    rank: ranks.api,
    rule: 'no-api-server',
    severity: 'error',
    what: 'no API server is ready',
    command: next.on(first, 'crictl ps -a --name etcd,kube-apiserver'),
  });
}

/** What etcd's own answers say; nothing where it was not asked. */
function judgeEtcd(
  spec: ClusterSpec,
  nodes: readonly JudgedNode[],
  drafts: Drafts,
  next: NextCommands,
  { noneReady, findings }: { readonly noneReady: boolean; readonly findings: readonly Finding[] },
): { readonly lost: Draft | undefined; readonly silent: readonly string[]; readonly full: boolean } {
  const asked = nodes.flatMap((node) => {
    const kubernetes = kubernetesOf(node);
    return kubernetes ? [{ name: node.name, etcd: kubernetes.etcd }] : [];
  });
  const members = asked.flatMap(({ etcd }) => (etcd.known ? [etcd.value] : []));
  const stacked = spec.etcd.mode === 'stacked';
  const silent = stacked ? asked.filter(({ etcd }) => !etcd.known).map(({ name }) => name) : [];
  const leaderless = members.length > 0 && members.every(({ leaderId }) => leaderId === '0');
  const of = spec.nodes.length;
  const few = stacked && noneReady && silent.length > of - majority(of);
  // A live view does not ask etcd: what the last full look found is believed while no API server is ready.
  const told = asked.length === 0 && noneReady && findings.some(({ rule }) => rule === 'etcd-no-leader');
  const full = members.some(({ alarms }) => alarms.known && alarms.value.some(({ alarm }) => alarm === 'NOSPACE'));
  if (!leaderless && !few && !told) return { lost: undefined, silent, full };
  const enough = stacked && members.length >= majority(of);
  const lost = drafts.add(
    {
      rank: ranks.api,
      rule: 'etcd-no-leader',
      severity: 'error',
      what: enough
        ? `etcd has no leader, although ${members.length} of ${of} members answer`
        : stacked && !told
          ? `etcd has lost its quorum: ${members.length} of ${of} members ${members.length === 1 ? 'answers' : 'answer'}`
          : 'etcd has no leader',
      command: next.on(
        silent[0] ?? asked[0]?.name ?? nodes.find(({ seen }) => seen)?.name ?? '',
        'crictl ps -a --name etcd',
      ),
    },
    [...silent.map((name) => `etcd on ${name} does not answer`), 'reads are answered from caches at best'],
  );
  return { lost, silent, full };
}

function memberDown(spec: ClusterSpec, node: string, drafts: Drafts, next: NextCommands, said: string): void {
  drafts.add(
    {
      rank: ranks.server,
      rule: 'etcd-member-down',
      severity: 'error',
      what: `etcd on ${node} does not answer, so its API server is not ready`,
      node,
      command: next.on(node, 'crictl ps -a --name etcd'),
    },
    [said, leftText(spec)],
  );
}

function leftText(spec: ClusterSpec): string {
  const spare = spec.nodes.length - 1 - majority(spec.nodes.length);
  return spare > 0 ? `etcd survives the loss of ${spare} more` : 'etcd does not survive the loss of one more member';
}

function serverDown(
  name: string,
  by: readonly string[],
  not: readonly { readonly viewer: string; readonly row: ServerSeen | undefined }[],
  drafts: Drafts,
  next: NextCommands,
): void {
  const drained = not.every(({ row }) => row?.status.startsWith('DRAIN') === true);
  drafts.add(
    {
      rank: ranks.server,
      rule: 'api-server-down',
      severity: 'warning',
      what: drained
        ? `the API server of ${name} is drained in HAProxy, but ${name} is not`
        : by.length === 0
          ? `the API server of ${name} is ${readyText(not[0]?.row)}`
          : `HAProxy on ${list(not.map(({ viewer }) => viewer))} does not reach the API server of ${name}, that of ${list(by)} does`,
      node: name,
      command: drained ? next.tool('undrain', name) : next.on(name, 'crictl ps -a --name etcd,kube-apiserver'),
    },
    by.length === 0
      ? ['clients are sent to the other API servers']
      : not.map(({ viewer, row }) => `${viewer}: ${readyText(row)}`),
  );
}
