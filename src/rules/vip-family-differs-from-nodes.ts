import { example } from '../cluster/file/kinds.ts';
import { addressIn } from '../cluster/spec.ts';
import { rule } from './rule.ts';

export const vipFamilyDiffersFromNodes = rule({
  id: 'vip-family-differs-from-nodes',
  severity: 'error',
  title: 'A VIP of a family of which a node has no address',
  why: 'A VRRP instance announces addresses of the family that its advertisements travel in (RFC 9568 §5.2.9), and those travel between the addresses of the nodes. A node that has none of that family could neither announce the VIP nor hear who does.',
  bad: example({ endpoint: 'virtualIPs: ["fd00::100"]' }),
  good: example({
    endpoint: 'virtualIPs: [10.0.0.100, "fd00::100"]',
    nodes:
      '- { name: cp1, address: 10.0.0.11, secondAddress: "fd00::11" }\n- { name: cp2, address: 10.0.0.12, secondAddress: "fd00::12" }\n- { name: cp3, address: 10.0.0.13, secondAddress: "fd00::13" }',
  }),
  check: ({ endpoint, nodes }) =>
    endpoint.virtualIPs.flatMap(({ address, family }, i) => {
      const without = nodes.filter((node) => addressIn(node, family) === undefined);
      // Own addresses of two families are another rule's finding.
      if (without.length === 0 || nodes.some((node) => node.family === family)) return [];
      const name = family === 'ipv6' ? 'IPv6' : 'IPv4';
      return [
        {
          message: `the VIP ${address} is of another family than ${without.length === nodes.length ? 'the addresses of the nodes' : `every address of ${without.map((node) => node.name).join(', ')}`}`,
          reason: 'VRRP announces an address only in advertisements of its own family.',
          suggestion: `Choose a VIP of the nodes' family, or write the nodes' ${name} addresses as "secondAddress".`,
          path: ['endpoint', 'virtualIPs', i],
        },
      ];
    }),
});
