import { example } from '../cluster/file/kinds.ts';
import { addressesOf } from '../cluster/spec.ts';
import { rule } from './rule.ts';

export const vipIsNodeAddress = rule({
  id: 'vip-is-node-address',
  severity: 'error',
  title: "A VIP is a node's own address",
  why: 'The address floats: keepalived removes it from every node that does not hold it. A node whose own address is removed is cut off, from ssh as well.',
  bad: example({ endpoint: 'virtualIPs: [10.0.0.11]' }),
  good: example(),
  check: ({ endpoint, nodes, workers }) =>
    endpoint.virtualIPs.flatMap(({ address }, i) => {
      const node = [...nodes, ...workers].find((each) => addressesOf(each).includes(address));
      if (!node) return [];
      return [
        {
          message: `the VIP ${address} is the own address of ${node.name}`,
          reason: `${node.name} would lose its address as soon as another node holds it.`,
          suggestion: 'Choose a free address of the same network.',
          path: ['endpoint', 'virtualIPs', i],
        },
      ];
    }),
});
