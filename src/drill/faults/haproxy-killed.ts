import { paths, units } from '../../node/paths.ts';
import type { Fault } from '../fault.ts';

export const haproxyKilled: Fault = {
  name: 'haproxy-killed',
  summary: 'HAProxy is killed on the VIP holder (SIGKILL, master and workers)',
  disruption: 'haproxy-killed',
  inject: () => `pid=$(cat ${paths.haproxyPid}) && kill -KILL "$pid" $(cat "/proc/$pid/task/$pid/children")`,
  // The unit restarts it by itself; this is for a unit that gave up.
  heal: () => `systemctl start ${units.haproxy}`,
};
