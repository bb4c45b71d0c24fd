import { etcdMetrics } from '../etcd.ts';
import { pidOfListener, type Fault } from '../fault.ts';

export const etcdMemberKilled: Fault = {
  name: 'etcd-member-killed',
  summary: 'an etcd member that does not lead is killed (SIGKILL)',
  disruption: 'etcd-member-killed',
  available: ({ spec }) => (spec.etcd.mode === 'stacked' ? ':' : `echo 'etcd does not run on these nodes'; exit 1`),
  locate: (spec) => `${etcdMetrics(spec)} | grep -q '^etcd_server_is_leader 0'`,
  inject: ({ spec }) => `${pidOfListener(spec.etcd.peerPort)}\nkill -KILL $pid`,
  // kubelet, or the unit, starts it again by itself.
  heal: () => ':',
};
