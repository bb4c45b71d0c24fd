import { units } from '../../node/paths.ts';
import type { Fault } from '../fault.ts';

export const haproxyStopped: Fault = {
  name: 'haproxy-stopped',
  summary: 'HAProxy is stopped on the VIP holder: its unit moves the VIP first',
  disruption: 'haproxy-stopped',
  inject: () => `systemctl stop --no-block ${units.haproxy}`,
  heal: () => `systemctl start ${units.haproxy}`,
};
