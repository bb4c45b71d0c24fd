import { paths, units } from '../../node/paths.ts';
import type { Fault } from '../fault.ts';

export const keepalivedKilled: Fault = {
  name: 'keepalived-killed',
  summary:
    'keepalived is killed on the VIP holder (SIGKILL, all its processes): nobody says goodbye, and its unit must take the VIP off',
  disruption: 'keepalived-killed',
  // The VRRP process first: it says goodbye when it sees its parent die.
  inject: () => `kill -KILL "$(cat ${paths.keepalivedVrrpPid})" "$(cat ${paths.keepalivedPid})"`,
  heal: () => `systemctl start ${units.keepalived}`,
};
