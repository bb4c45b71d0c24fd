import { example } from '../cluster/file/kinds.ts';
import { repeated, rule } from './rule.ts';

export const duplicatePriority = rule({
  id: 'duplicate-priority',
  severity: 'warning',
  title: 'Two nodes have the same VRRP priority',
  why: 'Backups with equal priority wait equally long and take over at the same time: for a moment two nodes hold the address, until the one with the lower address gives up.',
  bad: example({
    nodes:
      '- { name: cp1, address: 10.0.0.11, priority: 150 }\n- { name: cp2, address: 10.0.0.12, priority: 150 }\n- { name: cp3, address: 10.0.0.13, priority: 130 }',
  }),
  good: example({
    nodes:
      '- { name: cp1, address: 10.0.0.11, priority: 250 }\n- { name: cp2, address: 10.0.0.12, priority: 230 }\n- { name: cp3, address: 10.0.0.13, priority: 210 }',
  }),
  check: ({ nodes }) =>
    repeated(nodes, ({ priority }) => priority).map(({ item, index, before }) => ({
      message: `${item.name} has the priority ${item.priority}, as ${nodes[before]?.name ?? ''} has`,
      reason: 'Both would take a VIP over at the same moment.',
      suggestion: 'Leave the priorities out, or set them about 20 apart.',
      path: ['nodes', index, 'priority'],
    })),
});
