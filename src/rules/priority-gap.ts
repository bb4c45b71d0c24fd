import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';

/** Skew differs by gap/256 of the advert interval: 10 of 100 ms adverts is 4 ms, about what a scheduler takes. */
const smallestGap = 10;

export const priorityGap = rule({
  id: 'priority-gap',
  severity: 'warning',
  title: 'Two priorities are very close to each other',
  why: 'A backup waits (256 − priority)/256 of an advertisement interval longer than the others (RFC 9568 §6.1). With priorities only a few apart, the waits differ by less than a host needs to wake up, and two nodes take over at once.',
  bad: example({
    nodes:
      '- { name: cp1, address: 10.0.0.11, priority: 103 }\n- { name: cp2, address: 10.0.0.12, priority: 102 }\n- { name: cp3, address: 10.0.0.13, priority: 80 }',
  }),
  good: example({
    nodes:
      '- { name: cp1, address: 10.0.0.11, priority: 250 }\n- { name: cp2, address: 10.0.0.12, priority: 230 }\n- { name: cp3, address: 10.0.0.13, priority: 210 }',
  }),
  check: ({ nodes }) =>
    nodes.flatMap(({ name, priority }, i) => {
      const near = nodes
        .slice(0, i)
        .find((other) => other.priority !== priority && Math.abs(other.priority - priority) < smallestGap);
      if (!near) return [];
      return [
        {
          message: `the priorities of ${near.name} (${near.priority}) and ${name} (${priority}) are less than ${smallestGap} apart`,
          reason: 'Their waits before a takeover would differ by less than a busy host needs to wake up.',
          suggestion: 'Leave the priorities out, or set them about 20 apart.',
          path: ['nodes', i, 'priority'],
        },
      ];
    }),
});
