import type { MigrationKind, MigrationPlan } from '../migrate/model.ts';

/** The migration for people: each visit with what is stopped, what is started and what clients notice. */
export function migrationText({ cluster, direction, steps, handovers, hash }: MigrationPlan): string {
  const moved =
    handovers === 0
      ? 'no VIP moves to another node'
      : `VIPs move to another node ${handovers === 1 ? 'once' : `${handovers} times`}`;
  const to = direction === 'to-ours' ? 'to k8s-ha' : 'back to what ran before';
  const visits = steps.map(({ node, kind, does, effect }) =>
    [`${node} ${titles[kind]}`, ...does.map((line) => `  ${line}`), `  ${effect}`].join('\n'),
  );
  return `${[`${cluster}: ${to}, ${steps.length} visits in this order; ${moved} (plan ${hash})`, ...visits].join('\n\n')}\n`;
}

const titles: Readonly<Record<MigrationKind, string>> = {
  proxy: 'serves with our HAProxy',
  aside: 'is made ready to hold VIPs',
  silence: 'stops electing with the previous keepalived',
  'take-over': 'changes from one keepalived to the other',
  'stand-by': 'takes part',
  gather: 'gets all VIPs',
  'hand-back': 'gives back to the previous keepalived',
  retire: 'stops electing with k8s-ha',
  rejoin: 'elects with the previous keepalived again',
  'proxy-back': 'serves with its previous HAProxy',
};
