import { isEmpty, type Plan } from '../plan/plan.ts';
import { describePlanActions } from '../plan/describe.ts';

/** The plan for people: each node with what is done, what clients notice, and the differences. */
export const planText = (plan: Plan, { diffs = true }: { diffs?: boolean } = {}): string => {
  if (isEmpty(plan)) return `${plan.cluster}: nothing to do; every node is as the cluster file says.\n`;
  const head = plan.bootstrap
    ? `${plan.cluster}: first set-up of ${plan.nodes.length} nodes, side by side (plan ${plan.hash})`
    : `${plan.cluster}: ${plan.nodes.length} ${plan.nodes.length === 1 ? 'node changes' : 'nodes change, in this order'} (plan ${plan.hash})`;
  const nodes = plan.nodes.map((node) => {
    const files = node.changes.map(
      ({ action, path }) => `  ${{ create: '+', update: '~', delete: '-' }[action]} ${path}`,
    );
    const texts = diffs && !plan.bootstrap ? node.changes.map(({ diff }) => diff.trimEnd()) : [];
    return [
      node.node,
      ...(node.packages.length > 0 ? [`  install ${node.packages.join(', ')}`] : []),
      ...files,
      `  ${describePlanActions(node)}`,
      `  ${node.effect}`,
      ...texts,
    ].join('\n');
  });
  return `${[head, ...nodes].join('\n\n')}\n`;
};
