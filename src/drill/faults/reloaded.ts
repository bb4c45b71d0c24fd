import { units } from '../../node/paths.ts';
import { nothing } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const reloaded: Fault = {
  name: 'reloaded',
  summary: 'HAProxy and keepalived are reloaded on the VIP holder',
  disruption: 'reloaded',
  part: 'maintenance',
  inject: () => ({
    shell: `systemctl reload ${units.haproxy} ${units.keepalived}`,
    does: [
      { act: 'unit', service: 'haproxy', verb: 'reload' },
      { act: 'unit', service: 'keepalived', verb: 'reload' },
    ],
  }),
  heal: () => nothing,
};
