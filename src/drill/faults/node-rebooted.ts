import type { Fault } from '../fault.ts';

export const nodeRebooted: Fault = {
  name: 'node-rebooted',
  summary: 'the VIP holder reboots, in order (systemctl reboot)',
  disruption: 'node-rebooted',
  forgets: true,
  severs: true,
  inject: () => 'systemctl --no-block reboot',
  heal: () => ':',
};
