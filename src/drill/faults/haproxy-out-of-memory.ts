import { paths } from '../../node/paths.ts';
import { both, startUnit } from '../acts.ts';
import type { Fault } from '../fault.ts';
import { outOfMemory } from '../means/memory.ts';

const { available, inject, heal } = outOfMemory(
  'haproxy-out-of-memory',
  `pid=$(cat ${paths.haproxyPid}) && pids="$pid $(cat "/proc/$pid/task/$pid/children")"`,
  [{ act: 'signal', service: 'haproxy', signal: 'KILL' }],
);

export const haproxyOutOfMemory: Fault = {
  name: 'haproxy-out-of-memory',
  summary: 'the kernel kills HAProxy on the VIP holder, because its control group is out of memory',
  disruption: 'haproxy-out-of-memory',
  part: 'haproxy',
  available,
  inject,
  // The unit restarts it by itself; this is for a unit that gave up.
  heal: (target) => both(heal(target), startUnit('haproxy')),
};
