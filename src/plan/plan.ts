import type { ClusterSpec } from '../cluster/spec.ts';
import { holdersOf, type ClusterState, type NodeSeen } from '../cluster/state.ts';
import { certificateStep } from '../observe/once/kubernetes/health-check.ts';
import { sha256, type NodeFileSet } from '../render/render.ts';
import { runtimeOf } from '../render/runtimes/index.ts';
import { leave } from './leave.ts';
import { membershipOf, seenOf } from './membership.ts';
import type { NodePlan, Plan, PlanOptions } from './model.ts';
import { planNode, type PlannedNode } from './node.ts';
import { inOrder } from './order.ts';
import { rekeyedVips, standing } from './rekey.ts';

export function isEmpty(plan: Plan): boolean {
  return plan.nodes.length === 0;
}

/**
 * Compares the wanted files with what was seen.
 * @param wanted the file sets of the nodes that were seen; unreachable nodes are preflight's business.
 * @param state of the wanted nodes, and of those that leave (`membershipOf` tells them) where they were looked at.
 */
export function makePlan(
  spec: ClusterSpec,
  wanted: readonly NodeFileSet[],
  state: ClusterState,
  options: PlanOptions = {},
): Plan {
  const holders = new Set(spec.endpoint.virtualIPs.flatMap(({ address }) => holdersOf(state, address)));
  const membership = membershipOf(wanted, state);
  const rekeyed = rekeyedVips(wanted, state);
  const vips = spec.endpoint.virtualIPs.map(({ address }) => address);
  const mayGetVip = membership.leaving.some(({ name }) => holders.has(name));
  const runtime = runtimeOf(spec);
  const { programs } = runtime;
  const images = runtime.images(spec);
  const certificateOf = (seen: NodeSeen): NodePlan['certificate'] => certificateStep(spec, seen);
  const changes = wanted.flatMap((set): PlannedNode[] => {
    const seen = seenOf(state, set.node);
    if (!seen) return [];
    const joins = membership.joining.has(set.node);
    const context = { state, vips, mayGetVip, rekeyed, joins, programs, images, certificateOf, ...options };
    const plan = planNode(set, seen, context);
    return plan ? [{ plan, set, seen, context }] : [];
  });
  // What is as wanted already, such as what a set-up that failed has left, is no reason to go node by node: with fencing, the
  // first node alone could not elect.
  const done = new Set(
    wanted.map(({ node }) => node).filter((node) => !changes.some(({ plan }) => plan.node === node)),
  );
  const serving = state.nodes.some(
    ({ node, seen }) =>
      seen.known &&
      !done.has(node) &&
      (seen.value.haproxy.active === 'active' || seen.value.keepalived.active === 'active'),
  );
  const bootstrap = changes.length > 0 && holders.size === 0 && !serving;
  const leaving = membership.leaving.flatMap(({ name }) => leave(name, wanted, state, holders));
  const nodes = bootstrap
    ? changes.map(({ plan }) => plan)
    : inOrder({ changes, leaving, standing: standing(wanted, state, rekeyed), holders });
  return {
    cluster: spec.name,
    nodes,
    bootstrap,
    wanted: Object.fromEntries(wanted.map((set) => [set.node, set])),
    hash: sha256(JSON.stringify(nodes)).slice(0, 12),
  };
}
