import { paths, units } from '../../node/paths.ts';
import type { Fault } from '../fault.ts';

export const keepalivedHung: Fault = {
  name: 'keepalived-hung',
  summary: 'keepalived hangs on the VIP holder (SIGSTOP): it sends no adverts, and its VIP stays',
  disruption: 'keepalived-hung',
  available: () => `[ -s ${paths.keepalivedVrrpPid} ] || { echo 'keepalived does not run'; exit 1; }`,
  inject: () => `systemctl kill -s STOP --kill-who=all ${units.keepalived}`,
  heal: () => `systemctl kill -s CONT --kill-who=all ${units.keepalived}; systemctl start ${units.keepalived}`,
};
