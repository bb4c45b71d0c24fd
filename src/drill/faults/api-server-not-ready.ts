import { faultFile, pidOfListener, type Fault } from '../fault.ts';

const file = faultFile('api-server-not-ready');

/** When a process was started: another one may have its id by the time of healing. */
const started = "cut -d' ' -f22 /proc/$pid/stat";

export const apiServerNotReady: Fault = {
  name: 'api-server-not-ready',
  summary: 'the API server of the VIP holder is told to end (SIGTERM): not ready, it serves on for its shutdown delay',
  disruption: 'api-server-not-ready',
  inject: ({ spec }) => `${pidOfListener(spec.apiServer.port)}\necho "$pid $(${started})" >${file}\nkill -TERM "$pid"`,
  // One that still waits for its watches to end is killed, as by the kubelet when its grace period is over; kubelet, or the
  // unit, starts it again by itself.
  heal: () =>
    `[ ! -f ${file} ] || {
    read -r pid began <${file}
    [ "$(${started} 2>/dev/null)" != "$began" ] || kill -KILL "$pid"
    rm -f ${file}
}`,
};
