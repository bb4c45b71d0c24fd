import { signalUnit } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const haproxyHung: Fault = {
  name: 'haproxy-hung',
  summary: 'HAProxy hangs on the VIP holder (SIGSTOP): it accepts connections and answers none',
  disruption: 'haproxy-hung',
  part: 'haproxy',
  inject: () => signalUnit('haproxy', 'STOP'),
  heal: () => signalUnit('haproxy', 'CONT'),
};
