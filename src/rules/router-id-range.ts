import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';

export const routerIdRange = rule({
  id: 'router-id-range',
  severity: 'error',
  title: 'The virtual router ids run past 255',
  why: 'Every VIP has a virtual router id of its own, counted up from endpoint.virtualRouterId. VRRP has one byte for it (RFC 9568 §5.2.3).',
  bad: example({ endpoint: 'virtualIPs: [10.0.0.100, 10.0.0.101]\nvirtualRouterId: 255' }),
  good: example({ endpoint: 'virtualIPs: [10.0.0.100, 10.0.0.101]\nvirtualRouterId: 51' }),
  check: ({ endpoint: { virtualIPs } }) => {
    const last = virtualIPs.at(-1);
    if (!last || last.virtualRouterId <= 255) return [];
    return [
      {
        message: `the VIP ${last.address} would have the virtual router id ${last.virtualRouterId}`,
        reason: 'Ids count up from endpoint.virtualRouterId and end at 255.',
        suggestion: `Write ${255 - virtualIPs.length + 1} or less.`,
        path: ['endpoint', 'virtualRouterId'],
      },
    ];
  },
});
