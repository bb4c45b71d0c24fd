import { addressesOf, type ClusterSpec, type NodeSpec } from '../cluster/spec.ts';
import type { ClusterState, NodeSeen } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';
import { inPrefix } from '../core/ip.ts';
import { interfaceOf, prefixesOf } from '../observe/once/facts.ts';

/** Nodes that this one does not share a segment with: no VIP can move between them, whatever their firewalls let through. */
export function apart(spec: ClusterSpec, node: NodeSpec, seen: NodeSeen, state: ClusterState): readonly Finding[] {
  const { segment } = seen;
  if (segment === undefined) return [];
  // Who answers at all is judged from nodes that are there: one that is off is an error of its own.
  const peers = spec.nodes.filter(
    ({ name }) => name !== node.name && state.nodes.find((entry) => entry.node === name)?.seen.known === true,
  );
  return peers.flatMap((peer): Finding[] => {
    const routed = addressesOf(peer).find((address) => segment.routers[address] !== undefined);
    const silent = addressesOf(peer).find((address) => segment.silent.includes(address));
    if (routed === undefined && (silent === undefined || seen.reach === undefined)) return [];
    return [
      {
        rule: 'nodes-apart',
        severity: 'error',
        message:
          routed === undefined
            ? `nobody answers on the node's segment for ${silent ?? ''}, which is ${peer.name}`
            : `${peer.name} (${routed}) is behind the router ${segment.routers[routed] ?? ''}, on another segment`,
        reason:
          'A VIP moves by ARP or ND, and adverts that crossed a router are not taken: each segment would hold the VIP for itself.',
        suggestion:
          'Put the nodes into one layer-2 segment (a VLAN, a stretched network), or give the API an address by what crosses segments: BGP or anycast of the network, or the load balancer of the cloud.',
      },
    ];
  });
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
