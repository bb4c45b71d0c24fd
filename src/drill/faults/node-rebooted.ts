import { nothing } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const nodeRebooted: Fault = {
  name: 'node-rebooted',
  summary: 'the VIP holder reboots, in order (systemctl reboot)',
  disruption: 'node-rebooted',
  part: 'node',
  forgets: true,
  severs: true,
  inject: () => ({ shell: 'systemctl --no-block reboot', does: [{ act: 'reboot' }] }),
  heal: () => nothing,
};
