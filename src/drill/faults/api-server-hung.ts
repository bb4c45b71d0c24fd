import { faultFile, pidOfListener, type Fault } from '../fault.ts';

const file = faultFile('api-server-hung');

export const apiServerHung: Fault = {
  name: 'api-server-hung',
  summary: 'the API server of the VIP holder hangs (SIGSTOP): it accepts connections and answers none',
  disruption: 'api-server-hung',
  inject: ({ spec }) => `${pidOfListener(spec.apiServer.port)}\necho "$pid" >${file}\nkill -STOP "$pid"`,
  heal: () => `[ ! -f ${file} ] || { kill -CONT "$(cat ${file})" 2>/dev/null; rm -f ${file}; }`,
};
