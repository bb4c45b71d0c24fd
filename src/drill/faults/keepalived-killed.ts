import { units } from '../../render/paths.ts';
import type { Fault } from '../fault.ts';

export const keepalivedKilled: Fault = {
  name: 'keepalived-killed',
  summary: 'keepalived is killed on the VIP holder (SIGKILL, all its processes): its unit must take the VIP off',
  disruption: 'keepalived-killed',
  inject: () => `systemctl kill -s KILL --kill-who=all ${units.keepalived}`,
  heal: () => `systemctl start ${units.keepalived}`,
};
