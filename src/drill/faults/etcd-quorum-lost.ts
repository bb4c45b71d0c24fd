import { etcdMetrics } from '../etcd.ts';
import { hang, pidOfListener, type Fault } from '../fault.ts';

const { inject, heal } = hang('etcd-quorum-lost');

export const etcdQuorumLost: Fault = {
  name: 'etcd-quorum-lost',
  summary: 'so many etcd members hang (SIGSTOP) that the rest is no majority',
  disruption: 'etcd-quorum-lost',
  losesQuorum: true,
  available: ({ spec }) => (spec.etcd.mode === 'stacked' ? ':' : `echo 'etcd does not run on these nodes'; exit 1`),
  locate: (spec) => `${etcdMetrics(spec)} | grep -q '^etcd_server_is_leader'`,
  inject: ({ spec }) => `${pidOfListener(spec.etcd.peerPort)}\n${inject}`,
  heal: () => heal,
};
