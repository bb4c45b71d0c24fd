import type { NodeUpgrade, UpgradePlan } from '../plan/upgrade.ts';
import { planText } from './plan.ts';

/** The upgrade for people: each node with its packages, what clients notice, and what could not be undone. */
export function upgradeText({ cluster, nodes, unfinished, hash }: UpgradePlan): string {
  const lines = nodes.map((upgrade) =>
    [
      upgrade.node,
      ...upgrade.packages.map(({ name, from, to }) => `  ${name} ${from} → ${to}`),
      `  ${actionsOf(upgrade).join(', ')}`,
      `  clients: ${effectOf(upgrade)}`,
      ...upgrade.packages
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

function moves({ holder, keeps, packages }: NodeUpgrade): boolean {
  return holder && (!keeps || packages.some(({ name }) => name === 'keepalived'));
}

function actionsOf(upgrade: NodeUpgrade): readonly string[] {
  return [
    ...(moves(upgrade) ? ['move the VIPs away'] : []),
    ...upgrade.packages.map(({ name }) =>
      name === 'haproxy' ? `${upgrade.keeps ? 'reload' : 'restart'} HAProxy` : `restart ${name}`,
    ),
  ];
}

function effectOf(upgrade: NodeUpgrade): string {
  if (!upgrade.holder) return 'nothing, this node holds no VIP';
  const fate = upgrade.keeps ? 'go on for up to 10 minutes' : 'are re-established';
  return `${moves(upgrade) ? 'one planned handover; ' : ''}connections through this node ${fate}`;
}
