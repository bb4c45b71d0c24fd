import { paths } from '../../node/paths.ts';
import { startUnit } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const keepalivedKilled: Fault = {
  name: 'keepalived-killed',
  summary:
    'keepalived is killed on the VIP holder (SIGKILL, all its processes): nobody says goodbye, and its unit must take the VIP off',
  disruption: 'keepalived-killed',
  part: 'keepalived',
  // The VRRP process first: it says goodbye when it sees its parent die.
  inject: () => ({
    shell: `kill -KILL "$(cat ${paths.keepalivedVrrpPid})" "$(cat ${paths.keepalivedPid})"`,
    does: [{ act: 'signal', service: 'keepalived', signal: 'KILL' }],
  }),
  heal: () => startUnit('keepalived'),
};
