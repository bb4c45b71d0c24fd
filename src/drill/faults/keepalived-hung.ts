import { paths } from '../../node/paths.ts';
import { both, signalUnit, startUnit } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const keepalivedHung: Fault = {
  name: 'keepalived-hung',
  summary: 'keepalived hangs on the VIP holder (SIGSTOP): it sends no adverts, and its VIP stays',
  disruption: 'keepalived-hung',
  part: 'keepalived',
  available: () => `[ -s ${paths.keepalivedVrrpPid} ] || { echo 'keepalived does not run'; exit 1; }`,
  inject: () => signalUnit('keepalived', 'STOP'),
  heal: () => both(signalUnit('keepalived', 'CONT'), startUnit('keepalived'), '; '),
};
