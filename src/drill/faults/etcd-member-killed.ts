import { nothing, signalListener } from '../acts.ts';
import { etcdRole, etcdRunsHere } from '../etcd.ts';
import type { Fault } from '../fault.ts';

export const etcdMemberKilled: Fault = {
  name: 'etcd-member-killed',
  summary: 'an etcd member that does not lead is killed (SIGKILL)',
  disruption: 'etcd-member-killed',
  part: 'etcd',
  available: ({ spec }) => etcdRunsHere(spec),
  locate: (spec) => etcdRole(spec, 'follower'),
  inject: ({ spec }) => signalListener(spec.etcd.peerPort, 'KILL'),
  // kubelet, or the unit, starts it again by itself.
  heal: () => nothing,
};
