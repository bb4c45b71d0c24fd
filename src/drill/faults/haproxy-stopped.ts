import { startUnit, stopUnit } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const haproxyStopped: Fault = {
  name: 'haproxy-stopped',
  summary: 'HAProxy is stopped on the VIP holder: its unit moves the VIP first',
  disruption: 'haproxy-stopped',
  part: 'haproxy',
  inject: () => stopUnit('haproxy', { wait: false }),
  heal: () => startUnit('haproxy'),
};
