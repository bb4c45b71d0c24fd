import { afterTheAnswer, nothing } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const nodeRebooted: Fault = {
  name: 'node-rebooted',
  summary: 'the VIP holder reboots, in order (systemctl reboot)',
  disruption: 'node-rebooted',
  part: 'node',
  forgets: true,
  severs: true,
  inject: () => ({
    shell: `(${afterTheAnswer}; systemctl --no-block reboot) >/dev/null 2>&1 </dev/null &`,
    does: [{ act: 'reboot' }],
  }),
  heal: () => nothing,
};
