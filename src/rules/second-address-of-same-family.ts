import { example } from '../cluster/file/kinds.ts';
import { familyOf } from '../core/ip.ts';
import { rule } from './rule.ts';

export const secondAddressOfSameFamily = rule({
  id: 'second-address-of-same-family',
  severity: 'error',
  title: "A node's second address is of the same family as its first",
  why: 'The second address is there for VIPs of the other family. Of two addresses of one family the second would be used for nothing, silently.',
  bad: example({
    nodes:
      '- { name: cp1, address: 10.0.0.11, secondAddress: 10.1.0.11 }\n- { name: cp2, address: 10.0.0.12 }\n- { name: cp3, address: 10.0.0.13 }',
  }),
  good: example({
    endpoint: 'virtualIPs: [10.0.0.100, "fd00::100"]',
    nodes:
      '- { name: cp1, address: 10.0.0.11, secondAddress: "fd00::11" }\n- { name: cp2, address: 10.0.0.12, secondAddress: "fd00::12" }\n- { name: cp3, address: 10.0.0.13, secondAddress: "fd00::13" }',
  }),
  check: ({ nodes }) =>
    nodes.flatMap(({ name, address, family, secondAddress }, i) =>
      secondAddress === undefined || familyOf(secondAddress) !== family
        ? []
        : [
            {
              message: `${secondAddress} of ${name} is of the same family as its address ${address}`,
              reason: 'A second address serves VIPs of the other family, and is used for nothing else.',
              suggestion: `Write the node's ${family === 'ipv4' ? 'IPv6' : 'IPv4'} address, or leave "secondAddress" out.`,
              path: ['nodes', i, 'secondAddress'],
            },
          ],
    ),
});
