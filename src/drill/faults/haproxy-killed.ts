import { paths } from '../../node/paths.ts';
import { startUnit } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const haproxyKilled: Fault = {
  name: 'haproxy-killed',
  summary: 'HAProxy is killed on the VIP holder (SIGKILL, master and workers)',
  disruption: 'haproxy-killed',
  part: 'haproxy',
  inject: () => ({
    // A worker that has ended by then is as wanted.
    shell: `pid=$(cat ${paths.haproxyPid}) && set -- $(cat "/proc/$pid/task/$pid/children") && kill -KILL "$pid" && { kill -KILL "$@" 2>/dev/null || :; }`,
    does: [{ act: 'signal', service: 'haproxy', signal: 'KILL' }],
  }),
  // The unit restarts it by itself; this is for a unit that gave up.
  heal: () => startUnit('haproxy'),
};
