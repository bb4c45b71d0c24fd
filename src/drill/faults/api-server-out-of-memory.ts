import { listenerOn, type FaultTarget } from '../acts.ts';
import type { Fault } from '../fault.ts';
import { outOfMemory } from '../means/memory.ts';

export const apiServerOutOfMemory: Fault = {
  name: 'api-server-out-of-memory',
  summary: 'the kernel kills the API server of the VIP holder, because its control group is out of memory',
  disruption: 'api-server-out-of-memory',
  part: 'api-server',
  available: (target) => ofApiServer(target).available(target),
  inject: (target) => ofApiServer(target).inject(target),
  // kubelet, or the unit, starts it again by itself.
  heal: (target) => ofApiServer(target).heal(target),
};

function ofApiServer({ spec: { apiServer } }: FaultTarget) {
  return outOfMemory(
    'api-server-out-of-memory',
    `pids=$(${listenerOn(apiServer.port)}) && [ -n "$pids" ] || { echo 'no API server listens'; exit 1; }`,
    [{ act: 'signal-listener', port: apiServer.port, signal: 'KILL', file: undefined }],
  );
}
