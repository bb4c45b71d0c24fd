import { units } from '../../node/paths.ts';
import type { Fault } from '../fault.ts';

export const haproxyHung: Fault = {
  name: 'haproxy-hung',
  summary: 'HAProxy hangs on the VIP holder (SIGSTOP): it accepts connections and answers none',
  disruption: 'haproxy-hung',
  inject: () => `systemctl kill -s STOP --kill-who=all ${units.haproxy}`,
  heal: () => `systemctl kill -s CONT --kill-who=all ${units.haproxy}`,
};
