import { signalKept, signalListener } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const apiServerNotReady: Fault = {
  name: 'api-server-not-ready',
  summary: 'the API server of the VIP holder is told to end (SIGTERM): not ready, it serves on for its shutdown delay',
  disruption: 'api-server-not-ready',
  part: 'api-server',
  inject: ({ spec }) => signalListener(spec.apiServer.port, 'TERM', 'api-server-not-ready'),
  // One that still waits for its watches to end is killed, as by the kubelet when its grace period is over; kubelet, or the
  // unit, starts it again by itself.
  heal: () => signalKept('api-server-not-ready', 'KILL'),
};
