import { paths } from '../../node/paths.ts';
import { both, startUnit, type Acts } from '../acts.ts';
import type { Fault } from '../fault.ts';

/** Its own processes: what its unit runs beside it looks whether it hangs. */
function signal(name: 'STOP' | 'CONT'): Acts {
  return {
    shell: `kill -${name} "$(cat ${paths.keepalivedVrrpPid})" "$(cat ${paths.keepalivedPid})"`,
    does: [{ act: 'signal', service: 'keepalived', signal: name }],
  };
}

export const keepalivedHung: Fault = {
  name: 'keepalived-hung',
  summary: 'keepalived hangs on the VIP holder (SIGSTOP): it sends no adverts, and its VIP stays',
  disruption: 'keepalived-hung',
  part: 'keepalived',
  available: () => `[ -s ${paths.keepalivedVrrpPid} ] || { echo 'keepalived does not run'; exit 1; }`,
  inject: () => signal('STOP'),
  heal: () => both(signal('CONT'), startUnit('keepalived'), '; '),
};
