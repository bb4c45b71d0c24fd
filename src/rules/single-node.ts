import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';

export const singleNode = rule({
  id: 'single-node',
  severity: 'warning',
  title: 'There is only one node',
  why: 'The VIP has nowhere to go. It still gives the API an address that can stay when nodes are added later.',
  bad: example({ nodes: '- { name: cp1, address: 10.0.0.11 }' }),
  good: example(),
  counts: true,
  check: ({ nodes }) =>
    nodes.length === 1
      ? [
          {
            message: 'with one node the API is not highly available',
            reason: 'When the node is lost, there is none that could take the address over.',
            suggestion: 'Add nodes: three survive the loss of one.',
            path: ['nodes'],
          },
        ]
      : [],
});
