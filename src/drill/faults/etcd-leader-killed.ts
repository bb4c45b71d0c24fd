import { etcdMetrics } from '../etcd.ts';
import { pidOfListener, type Fault } from '../fault.ts';

export const etcdLeaderKilled: Fault = {
  name: 'etcd-leader-killed',
  summary: 'the etcd leader is killed (SIGKILL)',
  disruption: 'etcd-leader-killed',
  available: ({ spec }) => (spec.etcd.mode === 'stacked' ? ':' : `echo 'etcd does not run on these nodes'; exit 1`),
  locate: (spec) => `${etcdMetrics(spec)} | grep -q '^etcd_server_is_leader 1'`,
  inject: ({ spec }) => `${pidOfListener(spec.etcd.peerPort)}\nkill -KILL $pid`,
  // kubelet, or the unit, starts it again by itself.
  heal: () => ':',
};
