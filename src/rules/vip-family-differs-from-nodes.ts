import { example } from '../cluster/kinds.ts';
import { rule } from './rule.ts';

export const vipFamilyDiffersFromNodes = rule({
  id: 'vip-family-differs-from-nodes',
  severity: 'error',
  title: 'A VIP of another family than the nodes',
  why: 'A VRRP instance announces addresses of the family that its advertisements travel in (RFC 9568 §5.2.9), and those travel between the addresses of the nodes.',
  bad: example({ endpoint: 'virtualIPs: ["fd00::100"]' }),
  good: example({
    endpoint: 'virtualIPs: ["fd00::100"]',
    nodes:
      '- { name: cp1, address: "fd00::11" }\n- { name: cp2, address: "fd00::12" }\n- { name: cp3, address: "fd00::13" }',
  }),
  check: ({ endpoint, nodes }) =>
    endpoint.virtualIPs.flatMap(({ address, family }, i) => {
      if (nodes.some((node) => node.family === family)) return [];
      return [
        {
          message: `the VIP ${address} is of another family than the addresses of the nodes`,
          reason: 'VRRP announces an address only in advertisements of its own family.',
          suggestion: `Choose a VIP of the nodes' family, or give the nodes their ${family === 'ipv6' ? 'IPv6' : 'IPv4'} addresses.`,
          path: ['endpoint', 'virtualIPs', i],
        },
      ];
    }),
});
