import { example } from '../cluster/file/kinds.ts';
import { majority } from '../cluster/spec.ts';
import { rule } from './rule.ts';

export const evenNumberOfNodes = rule({
  id: 'even-number-of-nodes',
  severity: 'warning',
  title: 'An even number of nodes with stacked etcd',
  why: 'etcd needs more than half of its members. Four members survive the loss of one, as three do, and there is one more that can fail. Two members survive none: the API is then less available than with one.',
  bad: example({ nodes: '- { name: cp1, address: 10.0.0.11 }\n- { name: cp2, address: 10.0.0.12 }' }),
  good: example(),
  counts: true,
  check: ({ nodes, etcd }) => {
    const count = nodes.length;
    if (etcd.mode !== 'stacked' || count % 2 === 1) return [];
    const spare = count - majority(count);
    return [
      {
        message: `${count} nodes survive the loss of ${spare === 0 ? 'none' : spare}, as ${count - 1} would`,
        reason: `etcd needs ${majority(count)} of ${count} members; one more member is only one more that can fail.`,
        suggestion: `Use ${count + 1} nodes.`,
        path: ['nodes'],
      },
    ];
  },
});
