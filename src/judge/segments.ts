import { addressesOf, type ClusterSpec, type NodeSpec } from '../cluster/spec.ts';
import type { ClusterState, NodeSeen } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';

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
