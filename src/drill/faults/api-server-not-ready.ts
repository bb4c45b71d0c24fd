import { pidOfListener, type Fault } from '../fault.ts';

export const apiServerNotReady: Fault = {
  name: 'api-server-not-ready',
  summary: 'the API server of the VIP holder is told to end (SIGTERM): not ready, it serves on for its shutdown delay',
  disruption: 'api-server-not-ready',
  inject: ({ spec }) => `${pidOfListener(spec.apiServer.port)}\nkill -TERM $pid`,
  // kubelet, or the unit, starts it again by itself.
  heal: () => ':',
};
