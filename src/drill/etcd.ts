import { etcdLoopback, type ClusterSpec } from '../cluster/spec.ts';
import { quote } from '../core/command.ts';

/** Shell that says why no etcd member is here, and ends with 1 then. */
export function etcdRunsHere(spec: ClusterSpec): string {
  return spec.etcd.mode === 'stacked' ? ':' : `echo 'etcd does not run on these nodes'; exit 1`;
}

/** What a node is to etcd; a member is either. */
export type EtcdRole = 'leader' | 'follower' | 'member';

/** Shell that ends with 0 on a node with this role, and the role. */
export function etcdRole(spec: ClusterSpec, role: EtcdRole): { readonly shell: string; readonly etcd: EtcdRole } {
  const leads = { leader: ' 1', follower: ' 0', member: '' }[role];
  return { shell: `${etcdMetrics(spec)} | grep -q '^etcd_server_is_leader${leads}'`, etcd: role };
}

/** Shell that prints etcd's metrics: on the port that kubeadm gives them, else on the client port without TLS. */
function etcdMetrics(spec: ClusterSpec): string {
  const ask = (port: number): string =>
    `curl -sf --max-time 1 ${quote(`http://${etcdLoopback(spec)}:${port}/metrics`)}`;
  return `{ ${ask(2381)} || ${ask(spec.etcd.clientPort)}; }`;
}
