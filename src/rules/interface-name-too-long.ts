import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';

/** IFNAMSIZ is 16 with the final zero. */
const longest = 15;

export const interfaceNameTooLong = rule({
  id: 'interface-name-too-long',
  severity: 'error',
  title: 'An interface name that Linux cannot have',
  why: 'Linux interface names have at most 15 characters. keepalived does not start with an interface that does not exist.',
  bad: example({
    nodes:
      '- { name: cp1, address: 10.0.0.11, interface: enp0s31f6-management }\n- { name: cp2, address: 10.0.0.12 }\n- { name: cp3, address: 10.0.0.13 }',
  }),
  good: example({
    nodes:
      '- { name: cp1, address: 10.0.0.11, interface: enp0s31f6 }\n- { name: cp2, address: 10.0.0.12 }\n- { name: cp3, address: 10.0.0.13 }',
  }),
  check: ({ nodes }) =>
    nodes.flatMap(({ interface: name = '' }, i) =>
      name.length > longest
        ? [
            {
              message: `the interface name ${name} has ${name.length} characters; Linux allows ${longest}`,
              suggestion: 'Write the name as `ip link` shows it, or leave it out: it is found from the address.',
              path: ['nodes', i, 'interface'],
            },
          ]
        : [],
    ),
});
