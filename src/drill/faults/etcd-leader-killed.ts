import { nothing, signalListener } from '../acts.ts';
import { etcdRole, etcdRunsHere } from '../etcd.ts';
import type { Fault } from '../fault.ts';

export const etcdLeaderKilled: Fault = {
  name: 'etcd-leader-killed',
  summary: 'the etcd leader is killed (SIGKILL)',
  disruption: 'etcd-leader-killed',
  part: 'etcd',
  available: ({ spec }) => etcdRunsHere(spec),
  locate: (spec) => etcdRole(spec, 'leader'),
  inject: ({ spec }) => signalListener(spec.etcd.peerPort, 'KILL'),
  // kubelet, or the unit, starts it again by itself.
  heal: () => nothing,
};
