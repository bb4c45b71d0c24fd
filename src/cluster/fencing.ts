import { majority, type ClusterSpec } from './spec.ts';

/** How many peers a node must see so that, with itself, it is in the majority; 0 without fencing. */
export function peersNeeded(spec: ClusterSpec): number {
  return spec.failover.fencing ? majority(spec.nodes.length) - 1 : 0;
}
