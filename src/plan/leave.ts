import type { ClusterState } from '../cluster/state.ts';
import type { NodeFileSet } from '../render/render.ts';
import { shapeOf } from '../render/shape.ts';
import { seenOf } from './membership.ts';
import type { NodePlan, VisitKind } from './model.ts';

const unseen = 'clients: nothing, this node holds no VIP';

export function emptyVisit(node: string, kind: VisitKind, effect: string): NodePlan {
  return {
    node,
    kind,
    packages: [],
    images: [],
    changes: [],
    levers: [],
    haproxy: 'none',
    keepalived: 'none',
    addons: 'none',
    guard: 'none',
    reloadUnits: false,
    drain: false,
    undrain: false,
    effect,
  };
}

/** A visit that only pulls levers or lets them go. */
export function leversOnly(node: string, kind: 'stand-aside' | 'stand-by', levers: NodePlan['levers']): NodePlan {
  return {
    ...emptyVisit(node, kind, 'clients: nothing'),
    levers,
  };
}

/** keepalived ends for good, after every VIP has gone to another node. */
export function retire(node: string, holder: boolean): NodePlan {
  return {
    ...emptyVisit(
      node,
      'retire',
      holder ? 'clients: one planned handover; connections through this node are re-established' : unseen,
    ),
    keepalived: 'stop',
    drain: holder,
  };
}

/**
 * The visits to a node that is not wanted any more. HAProxy stays until the others have forgotten the node: they count it for
 * their majority. Nothing where it was not seen, or belongs to another cluster by now.
 */
export function leave(
  node: string,
  wanted: readonly NodeFileSet[],
  state: ClusterState,
  holders: ReadonlySet<string>,
): readonly NodePlan[] {
  const seen = seenOf(state, node);
  const cluster = seen && shapeOf(seen.files)?.cluster;
  const ours = wanted.some((set) => shapeOf(seenOf(state, set.node)?.files ?? [])?.cluster === cluster);
  if (!seen || cluster === undefined || !ours) return [];
  return [
    ...(seen.keepalived.active === 'active' ? [retire(node, holders.has(node))] : []),
    {
      ...emptyVisit(node, 'remove', unseen),
      haproxy: 'stop',
      addons: 'stop',
      snapshots: 'stop',
    },
  ];
}
