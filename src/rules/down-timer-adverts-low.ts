import { example } from '../cluster/file/kinds.ts';
import { rule } from './rule.ts';

export const downTimerAdvertsLow = rule({
  id: 'down-timer-adverts-low',
  severity: 'warning',
  title: 'One lost advertisement brings a failover close',
  why: 'A backup takes over when downTimerAdverts intervals pass without an advertisement. The protocol has 3; with 2, one lost packet and one late one are a failover. More and shorter advertisements at the same budget are safer.',
  bad: example({ more: 'failover:\n  timers: { downTimerAdverts: 2 }' }),
  good: example({ more: 'failover:\n  timers: { downTimerAdverts: 4 }' }),
  check: ({ failover: { timers } }) =>
    timers.downTimerAdverts !== undefined && timers.downTimerAdverts < 3
      ? [
          {
            message: `a backup takes over after ${timers.downTimerAdverts} missing advertisements`,
            reason: 'One lost and one late packet are then taken for a dead node.',
            suggestion: 'Use 3 or more with a shorter advertInterval.',
            path: ['failover', 'timers', 'downTimerAdverts'],
          },
        ]
      : [],
});
