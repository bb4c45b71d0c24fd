import { example } from '../cluster/file/kinds.ts';
import { repeated, rule } from './rule.ts';

export const duplicateNodeName = rule({
  id: 'duplicate-node-name',
  severity: 'error',
  title: 'Two nodes have the same name',
  why: 'The name becomes the name of a HAProxy server. With two servers of one name HAProxy does not start.',
  bad: example({
    nodes:
      '- { name: cp1, address: 10.0.0.11 }\n- { name: cp1, address: 10.0.0.12 }\n- { name: cp3, address: 10.0.0.13 }',
  }),
  good: example(),
  check: ({ nodes, workers }) =>
    repeated([...nodes, ...workers], ({ name }) => name).map(({ item, index, before }) => ({
      message: `the name "${item.name}" is given to nodes[${before}] and nodes[${index}]`,
      reason: 'HAProxy does not start with two servers of one name.',
      suggestion: 'Give every node the name of its machine.',
      path: ['nodes', index, 'name'],
    })),
});
