import { nothing, signalListener } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const apiServerKilled: Fault = {
  name: 'api-server-killed',
  summary: 'the API server of the VIP holder is killed (SIGKILL)',
  disruption: 'api-server-killed',
  part: 'api-server',
  inject: ({ spec }) => signalListener(spec.apiServer.port, 'KILL'),
  // kubelet, or the unit, starts it again by itself.
  heal: () => nothing,
};
