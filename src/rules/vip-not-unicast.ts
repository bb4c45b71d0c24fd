import { example } from '../cluster/file/kinds.ts';
import { notUnicast } from './ranges.ts';
import { rule } from './rule.ts';

export const vipNotUnicast = rule({
  id: 'vip-not-unicast',
  severity: 'error',
  title: 'A VIP that cannot float',
  why: 'A VIP must be one that a machine can own and clients can reach: not multicast, loopback, link-local, broadcast or 0.0.0.0.',
  bad: example({ endpoint: 'virtualIPs: [224.0.0.18]' }),
  good: example(),
  check: ({ endpoint }) =>
    endpoint.virtualIPs.flatMap(({ address }, i) => {
      const what = notUnicast(address);
      if (what === undefined) return [];
      return [
        {
          message: `the VIP ${address} is ${what}`,
          reason: 'Clients could not reach the API there.',
          suggestion: "Choose a free address of the nodes' network.",
          path: ['endpoint', 'virtualIPs', i],
        },
      ];
    }),
});
