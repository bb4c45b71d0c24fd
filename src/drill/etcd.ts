import type { ClusterSpec } from '../cluster/spec.ts';

/** Shell that prints etcd's metrics: on the port that kubeadm gives them, else on the client port without TLS. */
export const etcdMetrics = ({ etcd }: ClusterSpec): string =>
  `{ curl -sf --max-time 1 http://127.0.0.1:2381/metrics || curl -sf --max-time 1 http://127.0.0.1:${etcd.clientPort}/metrics; }`;
