import { example } from '../cluster/file/kinds.ts';
import { parseAddress } from '../core/ip.ts';
import { rule } from './rule.ts';

export const dnsNameIsAddress = rule({
  id: 'dns-name-is-address',
  severity: 'error',
  title: 'The DNS name is an address',
  why: 'The name goes into certificates as a DNS name, where an address does not match: clients would refuse the certificate.',
  bad: example({ endpoint: 'virtualIPs: [10.0.0.100]\ndnsName: 10.0.0.100' }),
  good: example({ endpoint: 'virtualIPs: [10.0.0.100]\ndnsName: api.example.com' }),
  check: ({ endpoint: { dnsName } }) =>
    dnsName !== undefined && parseAddress(dnsName)
      ? [
          {
            message: `the DNS name ${dnsName} is an address`,
            reason: 'As a DNS name in a certificate it matches nothing.',
            suggestion: 'Remove dnsName: the VIPs are in the certificates anyway.',
            path: ['endpoint', 'dnsName'],
          },
        ]
      : [],
});
