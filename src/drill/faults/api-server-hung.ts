import { signalKept, signalListener } from '../acts.ts';
import type { Fault } from '../fault.ts';

export const apiServerHung: Fault = {
  name: 'api-server-hung',
  summary: 'the API server of the VIP holder hangs (SIGSTOP): it accepts connections and answers none',
  disruption: 'api-server-hung',
  part: 'api-server',
  inject: ({ spec }) => signalListener(spec.apiServer.port, 'STOP', 'api-server-hung'),
  heal: () => signalKept('api-server-hung', 'CONT'),
};
