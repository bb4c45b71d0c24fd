import { etcdLoopback, type ClusterSpec } from '../cluster/spec.ts';
import { quote } from '../core/command.ts';

/** Shell that prints etcd's metrics: on the port that kubeadm gives them, else on the client port without TLS. */
export function etcdMetrics(spec: ClusterSpec): string {
  const ask = (port: number): string =>
    `curl -sf --max-time 1 ${quote(`http://${etcdLoopback(spec)}:${port}/metrics`)}`;
  return `{ ${ask(2381)} || ${ask(spec.etcd.clientPort)}; }`;
}
