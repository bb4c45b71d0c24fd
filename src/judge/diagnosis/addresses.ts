import { majority, type ClusterSpec } from '../../cluster/spec.ts';
import { holdersOf, type ClusterState, type NodeRunning } from '../../cluster/state.ts';
import { units } from '../../node/paths.ts';
import { answeringServers, readyServers } from '../health.ts';
import type { NextCommands } from './commands.ts';
import type { Drafts } from './draft.ts';
import { ranks } from './model.ts';
import { list, type JudgedNode } from './nodes.ts';

/** Who serves one address, as a client would find it. */
export interface JudgedAddress {
  readonly address: string;
  readonly holders: readonly string[];
  readonly served: 'yes' | 'no' | 'unknown';
}

/** Troubles of a holder that keep its clients from being served. */
const stopsService: readonly string[] = ['haproxy-down', 'haproxy-silent', 'connections-full', 'cut-off'];

export function judgeAddresses(
  spec: ClusterSpec,
  state: ClusterState<NodeRunning>,
  nodes: readonly JudgedNode[],
): readonly JudgedAddress[] {
  const blind = nodes.some(({ seen }) => seen?.addresses.known !== true);
  return spec.endpoint.virtualIPs.map(({ address }) => {
    const holders = holdersOf(state, address);
    if (holders.length > 1) return { address, holders, served: 'no' };
    if (holders.length === 0) return { address, holders, served: blind ? 'unknown' : 'no' };
    const holder = nodes.find(({ name }) => name === holders[0]);
    const seen = holder?.seen;
    const down =
      holder?.troubles.some(({ rule }) => stopsService.includes(rule)) === true ||
      seen === undefined ||
      (seen.servers.known && answeringServers(seen).length === 0);
    return { address, holders, served: down ? 'no' : 'yes' };
  });
}

/** Tells of addresses with several holders or none; what explains it on the nodes is folded below. */
export function tellAddresses(
  addresses: readonly JudgedAddress[],
  nodes: readonly JudgedNode[],
  drafts: Drafts,
  next: NextCommands,
): void {
  const split = addresses.filter(({ holders }) => holders.length > 1);
  const [first] = split;
  if (first) tellSplit(first, split, nodes, drafts, next);
  const none = addresses.filter(({ holders, served }) => holders.length === 0 && served === 'no');
  if (none.length > 0) tellNone(none, nodes, drafts, next);
  const unknown = addresses.filter(({ served }) => served === 'unknown').map(({ address }) => address);
  if (unknown.length > 0)
    for (const draft of drafts.all())
      if (draft.rule === 'node-unknown') draft.consequences.push(`who holds ${list(unknown)} is unknown`);
  for (const { holders, served } of addresses) {
    // What stops the only holder's service is worse than the same on another node.
    const draft = holders.length === 1 && served === 'no' ? drafts.of(holders[0] ?? '') : undefined;
    if (draft && stopsService.includes(draft.rule)) draft.rank = ranks.api;
  }
}

/** The holder that clients lose least with: one that hangs, is cut off, or finds the fewest API servers. */
function holderToStop(holders: readonly string[], nodes: readonly JudgedNode[]): string {
  const worth = (name: string): number => {
    const node = nodes.find((one) => one.name === name);
    return node?.seen ? (node.troubles.length > 0 ? 0 : 1 + readyServers(node.seen).length) : 0;
  };
  return holders.toSorted((a, b) => worth(a) - worth(b) || holders.indexOf(b) - holders.indexOf(a))[0] ?? '';
}

function tellSplit(
  first: JudgedAddress,
  split: readonly JudgedAddress[],
  nodes: readonly JudgedNode[],
  drafts: Drafts,
  next: NextCommands,
): void {
  const stop = holderToStop(first.holders, nodes);
  const draft = drafts.add(
    {
      rank: ranks.address,
      rule: 'split-brain',
      severity: 'error',
      what: split.map(({ address, holders }) => `${list(holders)} both hold ${address}`).join('; '),
      command: next.on(stop, `systemctl stop ${units.keepalived}`),
    },
    ['clients reach one or the other by chance'],
  );
  const holders = new Set(split.flatMap((one) => one.holders));
  for (const own of drafts.all())
    if (own !== draft && own.node !== undefined && holders.has(own.node) && own.rule !== 'drained')
      drafts.fold(own, draft);
}

function tellNone(
  none: readonly JudgedAddress[],
  nodes: readonly JudgedNode[],
  drafts: Drafts,
  next: NextCommands,
): void {
  const fit = nodes.filter((node) => node.fit).map(({ name }) => name);
  const own = drafts.all().filter(({ node, rank }) => node !== undefined && rank !== ranks.server);
  const [first] = own;
  const draft = drafts.add(
    {
      rank: ranks.address,
      rule: 'no-holder',
      severity: 'error',
      what: `no node holds ${list(none.map(({ address }) => address))}`,
      command:
        fit.length > 0
          ? next.tool('events')
          : (first?.command ?? next.on(nodes[0]?.name ?? '', `journalctl -n 50 -u ${units.keepalived}`)),
    },
    fit.length > 0 ? [`${list(fit)} can take it over`] : [],
  );
  // While others could take it, a drained node is not the reason that nobody does.
  for (const one of own) if (fit.length === 0 || one.rule !== 'drained') drafts.fold(one, draft);
}

/** Nodes that do not answer are one cause where they are so many that the rest follows from it. */
export function mergeSilent(spec: ClusterSpec, nodes: readonly JudgedNode[], drafts: Drafts, next: NextCommands): void {
  const silent = nodes.filter(({ seen }) => !seen);
  if (silent.length < 2 || nodes.length - silent.length >= majority(spec.nodes.length)) return;
  const names = silent.map(({ name }) => name);
  const all = silent.length === nodes.length;
  const own = drafts.all().filter(({ rule }) => rule === 'node-unknown' || rule === 'cut-off');
  const reasons = new Set(silent.map(({ reason }) => reason));
  const since = own.flatMap(({ sinceMs }) => (sinceMs === undefined ? [] : [sinceMs]));
  drafts.add(
    {
      rank: ranks.node,
      rule: 'node-unknown',
      severity: 'error',
      what: all ? 'no node answers' : `${list(names)} do not answer`,
      command: next.on(names[0] ?? ''),
      ...(since.length > 0 && { sinceMs: Math.min(...since) }),
    },
    [...reasons, ...own.filter(({ rule }) => rule === 'cut-off').map(({ what }) => `${what}, which follows from it`)],
  );
  for (const one of own) drafts.drop(one);
}
