import { units } from '../../node/paths.ts';
import type { Fault } from '../fault.ts';

export const reloaded: Fault = {
  name: 'reloaded',
  summary: 'HAProxy and keepalived are reloaded on the VIP holder',
  disruption: 'reloaded',
  inject: () => `systemctl reload ${units.haproxy} ${units.keepalived}`,
  heal: () => ':',
};
