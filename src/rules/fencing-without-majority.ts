import { example } from '../cluster/file/kinds.ts';
import { majority } from '../cluster/spec.ts';
import { rule } from './rule.ts';

export const fencingWithoutMajority = rule({
  id: 'fencing-without-majority',
  severity: 'error',
  title: 'Fencing with fewer than three nodes',
  why: 'A node that cannot reach a majority gives its VIPs up. Of two nodes the majority is two: whichever is lost, the other gives the address up as well, and the API is gone.',
  bad: example({
    nodes: '- { name: cp1, address: 10.0.0.11 }\n- { name: cp2, address: 10.0.0.12 }',
    more: 'failover:\n  fencing: on',
  }),
  good: example({ more: 'failover:\n  fencing: on' }),
  counts: true,
  check: ({ nodes, failover }) =>
    failover.fencing && nodes.length < 3
      ? [
          {
            message: `fencing is on with ${nodes.length} node${nodes.length === 1 ? '' : 's'}`,
            reason: `A majority of ${nodes.length} is ${majority(nodes.length)}: no node may be lost, or the address is given up everywhere.`,
            suggestion: 'Use three nodes, or `fencing: auto`.',
            path: ['failover', 'fencing'],
          },
        ]
      : [],
});
