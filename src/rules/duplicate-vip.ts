import { example } from '../cluster/file/kinds.ts';
import { repeated, rule } from './rule.ts';

export const duplicateVip = rule({
  id: 'duplicate-vip',
  severity: 'error',
  title: 'A VIP is listed twice',
  why: 'Every VIP is a VRRP instance of its own and prefers another node. Two instances with one address elect two holders: a split brain by configuration.',
  bad: example({ endpoint: 'virtualIPs: [10.0.0.100, 10.0.0.100]' }),
  good: example({ endpoint: 'virtualIPs: [10.0.0.100, 10.0.0.101]' }),
  check: ({ endpoint }) =>
    repeated(endpoint.virtualIPs, ({ address }) => address).map(({ item, index }) => ({
      message: `the VIP ${item.address} is listed twice`,
      reason: 'Two VRRP instances with one address elect two holders.',
      suggestion: 'Remove one of the two.',
      path: ['endpoint', 'virtualIPs', index],
    })),
});
