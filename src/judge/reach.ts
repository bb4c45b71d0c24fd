import { addressesOf, type ClusterSpec, type NodeSpec } from '../cluster/spec.ts';
import type { ClusterState, NodeSeen, ReachSeen } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';
import { familyOf, hostPort } from '../core/ip.ts';
import { healthPort } from '../node/paths.ts';
import { areApart } from './segments.ts';
import { portsBetweenNodes } from '../observe/once/network/script.ts';

type Answer = ReachSeen['answers'][string];

/** Ports of a node that the others do not reach: what `status` would show as nodes that do not hear each other. */
export function unreached(spec: ClusterSpec, node: NodeSpec, seen: NodeSeen, state: ClusterState): readonly Finding[] {
  const closed = portsBetweenNodes(spec).flatMap((port) => {
    // Where two nodes share no segment, that is what is wrong, and is said.
    const from = spec.nodes.filter(
      (peer) =>
        peer.name !== node.name &&
        isClosed(answerOf(state, peer.name, hostPort(node.address, port)), port, node, seen) &&
        !areApart(state, peer, node),
    );
    return from.length === 0 ? [] : [{ port, from: from.map(({ name }) => name) }];
  });
  if (closed.length === 0) return [];
  const { firewall = 'other' } = seen.reach ?? {};
  return [
    {
      rule: 'firewall-closed',
      severity: 'error',
      message: closed.map(({ port, from }) => `TCP port ${port} is not reached from ${from.join(', ')}`).join('; '),
      reason: `Nodes ask each other on port ${healthPort} who is there, and HAProxy reaches every API server: without that, no node may hold a VIP.`,
      suggestion: `${firewall === 'other' ? 'In the firewall of the node, or between the nodes, let in' : `On the node, as root`}: ${opening(spec, node, firewall)}.`,
    },
  ];
}

function answerOf(state: ClusterState, from: string, target: string): Answer {
  const seen = state.nodes.find(({ node }) => node === from)?.seen;
  return seen?.known === true ? seen.value.reach?.answers[target] : undefined;
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

/** Commands, or what they would be where the rules are the operator's own. VRRP is a protocol beside TCP, without ports. */
function opening(spec: ClusterSpec, node: NodeSpec, firewall: ReachSeen['firewall']): string {
  const peers = spec.nodes.filter(({ name }) => name !== node.name).flatMap((peer) => addressesOf(peer));
  const clients = spec.endpoint.port;
  const between = portsBetweenNodes(spec).filter((port) => port !== clients);
  if (firewall === 'ufw')
    return [
      `ufw allow ${clients}/tcp`,
      ...peers.flatMap((peer) => [
        ...between.map((port) => `ufw allow from ${peer} to any port ${port} proto tcp`),
        `ufw allow from ${peer} proto vrrp`,
      ]),
    ].join(' && ');
  if (firewall === 'firewalld') {
    return [
      `firewall-cmd --permanent --add-port=${clients}/tcp`,
      ...peers.flatMap((peer) => [
        ...between.map((port) => richRule(peer, `port port="${port}" protocol="tcp"`)),
        richRule(peer, 'protocol value="vrrp"'),
      ]),
      'firewall-cmd --reload',
    ].join(' && ');
  }
  return `TCP ${clients} from clients and nodes; TCP ${between.join(' and ')} and IP protocol 112 (VRRP) from ${peers.join(', ')}`;
}

function richRule(peer: string, what: string): string {
  return `firewall-cmd --permanent --add-rich-rule='rule family="${familyOf(peer)}" source address="${peer}" ${what} accept'`;
}
