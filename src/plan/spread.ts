import { priorityOf, type ClusterSpec } from '../cluster/spec.ts';
import { holdersOf, type ClusterState } from '../cluster/state.ts';

/** One planned handover: a VIP moves from its holder to the node that it prefers. */
export interface SpreadMove {
  readonly vip: string;
  readonly instance: string;
  readonly from: string;
  readonly to: string;
}

/**
 * The handovers that bring each VIP to the node that it prefers: that of the highest priority among those that could take it.
 * A VIP without a holder, or with two, is left alone: that is no question of preference.
 */
export function spreadMoves(spec: ClusterSpec, state: ClusterState): readonly SpreadMove[] {
  return spec.endpoint.virtualIPs.flatMap((vip): SpreadMove[] => {
    const holders = holdersOf(state, vip.address);
    const [from] = holders;
    const [to] = spec.nodes
      .filter(({ name }) => name === from || couldTake(state, name, vip.instance))
      .toSorted((a, b) => priorityOf(spec, b, vip) - priorityOf(spec, a, vip));
    if (from === undefined || holders.length > 1 || to === undefined || to.name === from) return [];
    return [{ vip: vip.address, instance: vip.instance, from, to: to.name }];
  });
}

function couldTake(state: ClusterState, node: string, instance: string): boolean {
  const seen = state.nodes.find((entry) => entry.node === node)?.seen;
  if (!seen?.known || seen.value.levers['drain'] !== undefined) return false;
  const { instances, keepalived } = seen.value;
  // keepalived did not say in time: the gates before and after the move decide.
  if (!instances.known) return keepalived.active === 'active';
  return instances.value.some(({ name, state: vrrp }) => name === instance && vrrp === 'BACKUP');
}
