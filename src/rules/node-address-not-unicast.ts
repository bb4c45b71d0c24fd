import { example } from '../cluster/file/kinds.ts';
import { ownAddresses } from './addresses.ts';
import { notUnicast } from './ranges.ts';
import { rule } from './rule.ts';

export const nodeAddressNotUnicast = rule({
  id: 'node-address-not-unicast',
  severity: 'error',
  title: "A node's address that other machines cannot reach",
  why: "The nodes' keepalived, HAProxy and etcd reach each other through these addresses. Loopback, multicast, link-local and broadcast addresses are none of a machine's own in a network.",
  bad: example({
    nodes:
      '- { name: cp1, address: 127.0.0.1 }\n- { name: cp2, address: 10.0.0.12 }\n- { name: cp3, address: 10.0.0.13 }',
  }),
  good: example(),
  check: ({ nodes }) =>
    ownAddresses(nodes).flatMap(({ node: { name }, address, path }) => {
      const what = notUnicast(address);
      if (what === undefined) return [];
      return [
        {
          message: `the address ${address} of ${name} is ${what}`,
          reason: 'The other nodes could not reach it there.',
          suggestion: 'Write the address that the other nodes reach the machine by.',
          path,
        },
      ];
    }),
});
