import { example } from '../cluster/file/kinds.ts';
import type { MachineSpec } from '../cluster/spec.ts';
import { ownAddresses } from './addresses.ts';
import { repeated, rule } from './rule.ts';

export const duplicateNodeAddress = rule({
  id: 'duplicate-node-address',
  severity: 'error',
  title: 'Two nodes have the same address',
  why: 'Both entries reach the same machine: it would be configured twice, and count twice when a majority is counted.',
  bad: example({
    nodes:
      '- { name: cp1, address: 10.0.0.11 }\n- { name: cp2, address: 10.0.0.11 }\n- { name: cp3, address: 10.0.0.13 }',
  }),
  good: example(),
  check: ({ nodes, workers }) => {
    const all = ownAddresses<MachineSpec>([...nodes, ...workers]);
    return repeated(all, ({ address }) => address).flatMap(({ item, before }) => {
      const first = all[before];
      if (!first || first.node === item.node) return [];
      return [
        {
          message: `${item.node.name} has the address ${item.address}, as ${first.node.name} has`,
          reason: 'One machine would be configured twice and count twice in every majority.',
          suggestion: `Write the address of ${item.node.name}.`,
          path: item.path,
        },
      ];
    });
  },
});
