import type { Plan, VisitKind } from '../plan/model.ts';
import { isEmpty } from '../plan/plan.ts';
import { describePlanActions } from '../plan/describe.ts';

/** The plan for people: each node with what is done, what clients notice, and the differences. */
export function planText(plan: Plan, { diffs = true }: { diffs?: boolean } = {}): string {
  if (isEmpty(plan)) return `${plan.cluster}: nothing to do; every node is as the cluster file says.\n`;
  const head = plan.bootstrap
    ? `${plan.cluster}: first set-up of ${plan.nodes.length} nodes, side by side (plan ${plan.hash})`
    : `${plan.cluster}: ${count(plan)} (plan ${plan.hash})`;
  const nodes = plan.nodes.map((node) => {
    const files = node.changes.map(
      ({ action, path }) => `  ${{ create: '+', update: '~', delete: '-' }[action]} ${path}`,
    );
    const texts = diffs && !plan.bootstrap ? node.changes.map(({ diff }) => diff.trimEnd()) : [];
    return [
      `${node.node}${visit[node.kind]}`,
      ...(node.packages.length > 0 ? [`  install ${node.packages.join(', ')}`] : []),
      ...node.images.map(
        ({ name, containerfile }) => `  ${containerfile === undefined ? 'pull' : 'build'} the image ${name}`,
      ),
      ...files,
      `  ${describePlanActions(node)}`,
      `  ${node.effect}`,
      ...texts,
    ].join('\n');
  });
  return `${[head, ...nodes].join('\n\n')}\n`;
}

function count(plan: Plan): string {
  const nodes = new Set(plan.nodes.map(({ node }) => node)).size;
  if (plan.nodes.length > nodes) return `${plan.nodes.length} visits to ${nodes} nodes, in this order`;
  return nodes === 1 ? '1 node changes' : `${nodes} nodes change, in this order`;
}

/** What a visit is for, where it is not simply to change the node. */
const visit: Readonly<Record<VisitKind, string>> = {
  prepare: ' joins: made ready, does not elect yet',
  'stand-aside': ' stands aside: virtual router ids change',
  retire: ' stops electing, and still counts for the majority',
  change: '',
  'stand-by': ' stands by again',
  remove: ' leaves: everything of k8s-ha is taken away',
};
