import type { UpgradePlan } from '../plan/upgrade.ts';
import { planText } from './plan.ts';

/** The upgrade for people: each node with its packages, what clients notice, and what could not be undone. */
export function upgradeText({ cluster, nodes, unfinished, hash }: UpgradePlan): string {
  const lines = nodes.map(({ node, packages, holder }) =>
    [
      node,
      ...packages.map(({ name, from, to }) => `  ${name} ${from} → ${to}`),
      `  ${holder ? 'move the VIPs away, ' : ''}restart ${packages.map(({ name }) => (name === 'haproxy' ? 'HAProxy' : name)).join(' and ')}`,
      holder
        ? '  clients: one planned handover; connections through this node are re-established'
        : '  clients: nothing, this node holds no VIP',
      ...packages
        .filter(({ canGoBack }) => !canGoBack)
        .map(({ name, from }) => `  cannot be undone: ${name} ${from} is no longer available`),
    ].join('\n'),
  );
  const left = unfinished
    ? [`What an upgrade that was killed has left to do comes first. ${planText(unfinished).trimEnd()}`]
    : [];
  const head = `${cluster}: ${nodes.length} ${nodes.length === 1 ? 'node is' : 'nodes are'} upgraded, in this order (plan ${hash})`;
  return `${[...left, head, ...lines].join('\n\n')}\n`;
}
