import { pidOfListener, type Fault } from '../fault.ts';

export const apiServerKilled: Fault = {
  name: 'api-server-killed',
  summary: 'the API server of the VIP holder is killed (SIGKILL)',
  disruption: 'api-server-killed',
  inject: ({ spec }) => `${pidOfListener(spec.apiServer.port)}\nkill -KILL "$pid"`,
  // kubelet, or the unit, starts it again by itself.
  heal: () => ':',
};
