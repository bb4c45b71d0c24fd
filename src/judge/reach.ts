import { addressesOf, type ClusterSpec, type NodeSpec } from '../cluster/spec.ts';
import type { ClusterState, NodeSeen, ReachSeen } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';
import { hostPort } from '../core/ip.ts';
import { healthPort, paths } from '../node/paths.ts';
import { portsBetweenNodes } from '../node/ports.ts';
import { openedFor } from '../render/firewall.ts';
import { areApart } from './segments.ts';
import { iptablesMatches, nftMatch, openingsOf, richRule, ufwRule } from '../render/openings.ts';

type Answer = ReachSeen['answers'][string];

interface Closed {
  /** What is closed: `TCP port 7444`. */
  readonly what: string;
  readonly from: readonly NodeSpec[];
}

/** Ports of a node that the others do not reach, and VRRP: what `status` would show as nodes that do not hear each other. */
export function unreached(spec: ClusterSpec, node: NodeSpec, seen: NodeSeen, state: ClusterState): readonly Finding[] {
  // Where two nodes share no segment, that is what is wrong, and is said.
  const others = spec.nodes.filter((peer) => peer.name !== node.name && !areApart(state, peer, node));
  const ports = portsBetweenNodes(spec).map((port): Closed => {
    const at = hostPort(node.address, port);
    return {
      what: `TCP port ${port}`,
      from: others.filter(({ name }) => isClosed(reachOf(state, name)?.answers[at], port, node, seen)),
    };
  });
  const vrrp = {
    what: 'IP protocol 112 (VRRP)',
    from: others.filter(({ name }) => vrrpClosed(node, seen, reachOf(state, name))),
  };
  const closed = [...ports, vrrp].filter(({ from }) => from.length > 0);
  if (closed.length === 0) return untried(spec, node, seen, state);
  const from = closed.flatMap((one) => one.from);
  const message = closed
    .map((one) => `${one.what} is not reached from ${one.from.map(({ name }) => name).join(', ')}`)
    .join('; ');
  if (opensItself(spec, seen, from))
    return [{ rule: 'firewall-opens', severity: 'info', message, suggestion: 'Nothing: `apply` opens it.' }];
  return [
    {
      rule: 'firewall-closed',
      severity: 'error',
      message,
      reason: `Nodes ask each other on port ${healthPort} who is there, and HAProxy reaches every API server: without that, no node may hold a VIP.`,
      suggestion: remedy(spec, node, seen),
    },
  ];
}

function reachOf(state: ClusterState, name: string): ReachSeen | undefined {
  const seen = state.nodes.find((one) => one.node === name)?.seen;
  return seen?.known === true ? seen.value.reach : undefined;
}

/** Where the node's own listener is there, a refusal is a firewall's. */
function isClosed(answer: Answer, port: number, { address }: NodeSpec, { listeners }: NodeSeen): boolean {
  if (answer !== 'refused') return answer === 'none' || answer === 'rejected';
  return (
    listeners.known &&
    listeners.value.some(
      (one) => one.port === port && ['*', '0.0.0.0', '[::]', address, `[${address}]`].includes(one.address),
    )
  );
}

/**
 * A kernel that has the packet answers that nobody takes VRRP, unless somebody does. Silence alone is a firewall's where the
 * node has one: a kernel may be told to answer nobody.
 */
function vrrpClosed(node: NodeSpec, { reach }: NodeSeen, of: ReachSeen | undefined): boolean {
  return addressesOf(node).some((address) => {
    const answer = of?.vrrp?.[address];
    if (answer === 'rejected') return true;
    return answer === 'none' && reach?.vrrpListens === false && reach.firewall !== 'none';
  });
}

/** A firewall that is there, and VRRP that could not be tried: the ports are open, and keepalived may be deaf. */
function untried(spec: ClusterSpec, node: NodeSpec, seen: NodeSeen, state: ClusterState): readonly Finding[] {
  const { firewall = 'none' } = seen.reach ?? {};
  const others = spec.nodes.filter(({ name }) => name !== node.name);
  const tried = others.some(({ name }) =>
    addressesOf(node).some((at) => reachOf(state, name)?.vrrp?.[at] !== undefined),
  );
  if (firewall === 'none' || others.length === 0 || tried || seen.keepalived.active === 'active') return [];
  if (opensItself(spec, seen, others)) return [];
  return [
    {
      rule: 'vrrp-untried',
      severity: 'warning',
      message: `${firewall} is active, and whether it lets VRRP in was not tried`,
      suggestion: remedy(spec, node, seen),
    },
  ];
}

/** `apply` opens firewalld and ufw where the cluster file wants that; what is open there already is closed somewhere else. */
function opensItself(
  { firewall }: ClusterSpec,
  { files, firewall: opens, reach }: NodeSeen,
  from: readonly NodeSpec[],
): boolean {
  if (firewall !== 'manage' || (reach?.firewall !== 'firewalld' && reach?.firewall !== 'ufw')) return false;
  if (opens?.loaded.known === true && opens.loaded.value === undefined) return true;
  const opened = openedFor(files.find(({ path }) => path === paths.firewall)?.content ?? '');
  return from.some(({ address }) => !opened.includes(address));
}

function inWords(spec: ClusterSpec, node: NodeSpec): string {
  const clients = spec.endpoint.port;
  const between = portsBetweenNodes(spec).filter((port) => port !== clients);
  const peers = spec.nodes.filter(({ name }) => name !== node.name).flatMap((peer) => addressesOf(peer));
  return `TCP ${clients} from clients and nodes; TCP ${between.join(' and ')} and IP protocol 112 (VRRP) from ${peers.join(', ')}`;
}

function asRoot(commands: readonly string[]): string {
  return `On the node, as root: ${commands.join(' && ')}.`;
}

/** Commands, or what they would be where the rules are the operator's own. */
function remedy(spec: ClusterSpec, node: NodeSpec, { reach }: NodeSeen): string {
  const openings = openingsOf(spec, node);
  switch (reach?.firewall) {
    case 'ufw':
      return asRoot(openings.map((opening) => `ufw ${ufwRule(opening)}`));
    case 'firewalld':
      return asRoot([
        ...openings.map((opening) => `firewall-cmd --permanent --add-rich-rule='${richRule(opening)}'`),
        'firewall-cmd --reload',
      ]);
    case 'iptables':
      return `${asRoot(
        openings.flatMap((opening) =>
          iptablesMatches(opening)
            .filter(({ family }) => family === node.family)
            .map(({ family, match }) => `${family === 'ipv4' ? 'iptables' : 'ip6tables'} -I INPUT ${match} -j ACCEPT`),
        ),
      )} Then save them where the node's firewall is loaded from.`;
    case 'nftables':
      return `${asRoot(
        reach.closingChains
          .slice(0, 1)
          .flatMap((chain) => openings.map((opening) => `nft insert rule ${chain} ${nftMatch(opening)} accept`)),
      )} Then write the same rules into the file that it is loaded from, such as /etc/nftables.conf.`;
    default:
      return `In the firewall of the node, or between the nodes, let in: ${inWords(spec, node)}.`;
  }
}
