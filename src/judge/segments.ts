import { addressesOf, type ClusterSpec, type NodeSpec } from '../cluster/spec.ts';
import type { ClusterState, NodeSeen } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';
import { inPrefix } from '../core/ip.ts';
import { interfaceOf, prefixesOf } from '../observe/once/facts.ts';

/** Nodes that this one does not share a segment with: no VIP can move between them, whatever their firewalls let through. */
export function apart(spec: ClusterSpec, node: NodeSpec, seen: NodeSeen, state: ClusterState): readonly Finding[] {
  return spec.nodes.flatMap((peer): Finding[] => {
    const way = between(seen, node, peer, state);
    if (way === undefined) return [];
    return [
      {
        rule: 'nodes-apart',
        severity: 'error',
        message:
          way.router === undefined
            ? `nobody answers on the node's segment for ${way.address}, which is ${peer.name}`
            : `${peer.name} (${way.address}) is behind the router ${way.router}, on another segment`,
        reason:
          'A VIP moves by ARP or ND, and adverts that crossed a router are not taken: each segment would hold the VIP for itself.',
        suggestion:
          'Put the nodes into one layer-2 segment (a VLAN, a stretched network), or give the API an address by what crosses segments: BGP or anycast of the network, or the load balancer of the cloud.',
      },
    ];
  });
}

/** Whether one of two nodes was seen not to share a segment with the other. */
export function areApart(state: ClusterState, one: NodeSpec, other: NodeSpec): boolean {
  const sees = (from: NodeSpec, to: NodeSpec): boolean => {
    const seen = seenOf(state, from);
    return seen !== undefined && between(seen, from, to, state) !== undefined;
  };
  return sees(one, other) || sees(other, one);
}

/** What stands between a node and another one that was seen too: one that is off is an error of its own. */
function between(
  { segment, reach }: NodeSeen,
  from: NodeSpec,
  to: NodeSpec,
  state: ClusterState,
): { readonly address: string; readonly router?: string } | undefined {
  if (segment === undefined || from.name === to.name || seenOf(state, to) === undefined) return undefined;
  for (const address of addressesOf(to)) {
    const router = segment.routers[address];
    if (router !== undefined) return { address, router };
    // Somebody has to have been asked for it.
    if (reach !== undefined && segment.silent.includes(address)) return { address };
  }
  return undefined;
}

function seenOf(state: ClusterState, { name }: NodeSpec): NodeSeen | undefined {
  const seen = state.nodes.find(({ node }) => node === name)?.seen;
  return seen?.known === true ? seen.value : undefined;
}

/** VIPs that belong to no network of the interface that they would be on. */
export function vipsElsewhere(spec: ClusterSpec, node: NodeSpec, seen: NodeSeen): readonly Finding[] {
  const prefixes = prefixesOf(spec, node, seen);
  return spec.endpoint.virtualIPs
    .filter(({ address }) => !prefixes.some((prefix) => inPrefix(address, prefix)))
    .map(({ address }) => {
      const other = seen.addresses.known
        ? seen.addresses.value.find(
            (one) => one.address !== address && inPrefix(address, `${one.address}/${one.prefixLength}`),
          )
        : undefined;
      return {
        rule: 'vip-outside-prefix',
        severity: 'error' as const,
        message: `the VIP ${address} is in none of the prefixes of ${interfaceOf(node, seen) ?? ''}: ${prefixes.join(', ')}`,
        reason: 'Clients and routers would not look for it on this segment, so it could not move between nodes.',
        suggestion:
          other === undefined
            ? 'Choose a free address from the prefix that the nodes share.'
            : `It belongs to ${other.interface}: a VIP is on the interface of its nodes' addresses, so set the node's address to ${other.address}.`,
      };
    });
}
