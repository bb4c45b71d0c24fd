import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';

export const moreVipsThanNodes = rule({
  id: 'more-vips-than-nodes',
  severity: 'info',
  title: 'More VIPs than nodes',
  why: 'Several VIPs spread clients over the nodes. With more addresses than nodes some node always holds two, so that one loss moves two.',
  bad: example({ endpoint: 'virtualIPs: [10.0.0.100, 10.0.0.101, 10.0.0.102, 10.0.0.103]' }),
  good: example({ endpoint: 'virtualIPs: [10.0.0.100, 10.0.0.101, 10.0.0.102]' }),
  counts: true,
  check: ({ endpoint: { virtualIPs }, nodes }) =>
    virtualIPs.length > nodes.length
      ? [
          {
            message: `there are ${virtualIPs.length} VIPs for ${nodes.length} node${nodes.length === 1 ? '' : 's'}`,
            reason: 'Some node always holds more than one of them.',
            suggestion: 'Use at most as many VIPs as nodes.',
            path: ['endpoint', 'virtualIPs'],
          },
        ]
      : [],
});
