import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';

export const mixedFamiliesInNodes = rule({
  id: 'mixed-families-in-nodes',
  severity: 'error',
  title: 'The nodes have addresses of two families',
  why: 'HAProxy, etcd and the VIPs of that family reach every node by `address`, so it is of one family for all. VRRP speaks to its unicast peers from one source address: keepalived refuses a list with both. The address of the other family is `secondAddress`.',
  bad: example({
    nodes:
      '- { name: cp1, address: 10.0.0.11 }\n- { name: cp2, address: "fd00::12" }\n- { name: cp3, address: 10.0.0.13 }',
  }),
  good: example(),
  check: ({ nodes }) => {
    const [first] = nodes;
    const index = nodes.findIndex(({ family }) => family !== first?.family);
    const other = nodes[index];
    if (!first || !other) return [];
    return [
      {
        message: `${first.name} has an ${familyName[first.family]} address and ${other.name} an ${familyName[other.family]} address`,
        reason: 'The unicast peers of a VRRP instance must be of one family.',
        suggestion: 'Write addresses of one family as "address", and those of the other as "secondAddress".',
        path: ['nodes', index, 'address'],
      },
    ];
  },
});

const familyName = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;
