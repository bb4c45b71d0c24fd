import { hang, pidOfListener, type Fault } from '../fault.ts';

const { inject, heal } = hang('api-server-hung');

export const apiServerHung: Fault = {
  name: 'api-server-hung',
  summary: 'the API server of the VIP holder hangs (SIGSTOP): it accepts connections and answers none',
  disruption: 'api-server-hung',
  inject: ({ spec }) => `${pidOfListener(spec.apiServer.port)}\n${inject}`,
  heal: () => heal,
};
