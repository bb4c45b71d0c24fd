import { signalKept, signalListener } from '../acts.ts';
import { etcdRole, etcdRunsHere } from '../etcd.ts';
import type { Fault } from '../fault.ts';

export const etcdQuorumLost: Fault = {
  name: 'etcd-quorum-lost',
  summary: 'so many etcd members hang (SIGSTOP) that the rest is no majority',
  disruption: 'etcd-quorum-lost',
  part: 'etcd',
  losesQuorum: true,
  available: ({ spec }) => etcdRunsHere(spec),
  locate: (spec) => etcdRole(spec, 'member'),
  inject: ({ spec }) => signalListener(spec.etcd.peerPort, 'STOP', 'etcd-quorum-lost'),
  heal: () => signalKept('etcd-quorum-lost', 'CONT'),
};
