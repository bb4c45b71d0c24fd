import type { FindingEntries } from './entry.ts';

/** What is wrong with Kubernetes and etcd behind the endpoint. */
export const kubernetesFindings = {
  'admin-conf-unusable': {
    severity: 'error',
    title: "A node's admin.conf cannot be used",
    why: 'A kubeconfig for the endpoint takes the CA and the credentials of the administrator from there. Without one, nothing is written.',
    remedy:
      'On the node, try `kubectl --kubeconfig /etc/kubernetes/admin.conf version`. kubeadm makes the file again with `kubeadm init phase kubeconfig admin`. Or name another node: `k8s-ha kubeconfig FILE --node NODE`.',
  },
  'api-server-not-ready': {
    severity: 'warning',
    title: 'An API server says that it is not ready',
    why: 'HAProxy sends no new connections to it. The other API servers carry its load until it is ready again.',
    remedy:
      'On the node: `curl -sk "https://localhost:6443/readyz?verbose"` lists the checks that fail; most often it is etcd.',
  },
  'certificate-names': {
    severity: 'error',
    title: "The API server's certificate does not cover the endpoint",
    why: 'Clients that use the VIP or the DNS name refuse the connection, because the certificate is for other names.',
    remedy:
      'Give each node a new serving certificate; `k8s-ha status FILE` prints the commands for the node, beginning with `k8s-ha kubeadm FILE --node NODE --existing existing.yaml`.',
  },
  'certificate-expiry': {
    severity: ['error', 'warning'],
    title: 'A certificate of the control plane expires soon, or has expired',
    why: 'On that day API server, etcd or kubelet refuse each other, and the control plane stops although every machine is healthy.',
    remedy:
      'Run `k8s-ha certificates FILE`, which lists them; `k8s-ha certificates renew FILE` has kubeadm renew them, node by node without an outage.',
  },
  addons: {
    severity: 'warning',
    title: 'A node does not keep the add-ons applied',
    why: 'The manifests in the add-ons folder may be missing or outdated in the cluster, for example the network plugin after a rebuild.',
    remedy:
      'On the node: `journalctl -u k8s-ha-addons -n 50` shows what the API server answered. Where it stands back for another folder, run `k8s-ha apply FILE` so that all nodes have the same one.',
  },
  'etcd-no-leader': {
    severity: 'error',
    title: 'An etcd member knows no leader',
    why: 'etcd accepts no writes without a leader. If most members say so, the API is read-only at best.',
    remedy:
      'Check with `k8s-ha status FILE` how many members answer. More than half must run and reach each other: bring stopped control-plane nodes back first.',
  },
  'etcd-member-down': {
    severity: 'error',
    title: 'The etcd member of a node does not answer',
    why: 'The API server of that node is not ready without it. The other members go on while they are more than half; one more loss may stop all writes.',
    remedy:
      'On the node: `crictl ps -a --name etcd`, then `crictl logs` of that container, and `journalctl -u kubelet -n 50`.',
  },
  'etcd-size': {
    severity: 'warning',
    title: "etcd's database is close to its limit",
    why: 'At its quota (2 GiB unless configured) etcd raises an alarm and accepts no more writes: the whole cluster becomes read-only.',
    remedy:
      'Find what fills it (often events or a controller in a loop), delete it, then defragment one member after the other: `etcdctl defrag`. Raise `--quota-backend-bytes` if the data is needed.',
  },
  'etcd-fragmented': {
    severity: 'warning',
    title: 'More than half of etcd’s database is empty',
    why: 'What was deleted and compacted leaves holes that count for the quota, and make starts and snapshots slower.',
    remedy:
      'Defragment one member after the other, the leader last, as it stands still meanwhile: `crictl exec` into the container of etcd, then `etcdctl defrag` with the certificates of /etc/kubernetes/pki/etcd.',
  },
  'etcd-learner': {
    severity: 'warning',
    title: 'An etcd member only learns',
    why: 'It gets the data and does not vote: the loss of another member counts as if it were not there.',
    remedy:
      'It becomes a voter when it has caught up, by kubeadm: run `k8s-ha status FILE` again in a minute. If it stays, see its log, then `etcdctl member promote ID`.',
  },
  'etcd-snapshot-missing': {
    severity: 'warning',
    title: 'A scheduled snapshot of etcd is missing',
    why: 'What was written since the last one is lost where etcd has to be restored.',
    remedy:
      'On the node: `journalctl -u k8s-ha-etcd-snapshot -n 50`, and `systemctl list-timers k8s-ha-etcd-snapshot.timer`. Take one now with `k8s-ha etcd snapshot FILE`. Just after `apply` the first one is taken within a minute.',
  },
  'etcd-leaders': {
    severity: 'warning',
    title: 'The etcd members name different leaders',
    why: 'For a moment during an election this is normal. If it stays, members cannot hear each other, or belong to different clusters.',
    remedy:
      'Run `k8s-ha status FILE` again in ten seconds. If it stays, compare `etcdctl member list` on each node and check the network between them (port 2380).',
  },
  'etcd-alarm': {
    severity: 'error',
    title: 'etcd has raised an alarm',
    why: 'NOSPACE: etcd refuses writes until space is freed and the alarm is cleared. CORRUPT: the members disagree about the data.',
    remedy:
      'NOSPACE: compact, `etcdctl defrag` on each member, then `etcdctl alarm disarm`. CORRUPT: take a backup first, then replace the member whose data differs.',
  },
  'etcd-not-started': {
    severity: 'warning',
    title: 'An etcd member was added and never started',
    why: 'It counts for the majority without voting, so that the loss of one more member can stop etcd.',
    remedy:
      'Finish the `kubeadm join` of that node, or remove the member: `etcdctl member list`, then `etcdctl member remove ID`.',
  },
  'etcd-members': {
    severity: 'warning',
    title: 'etcd has another number of members than the cluster file has nodes',
    why: 'The majority that fencing and etcd count are different ones. A dead member that is still listed makes the next loss fatal.',
    remedy:
      'Compare `etcdctl member list` with `nodes` in the cluster file. Remove members of machines that are gone, or add the missing node with `kubeadm join`.',
  },
  'lease-stale': {
    severity: 'warning',
    title: 'A controller holds a lease that it no longer renews',
    why: 'Nobody does its work: no scheduling, no controllers, or no cloud routes, depending on the lease.',
    remedy:
      'Look at the pods of the component: `kubectl -n kube-system get pods -o wide`, and `crictl logs` on the node that holds the lease.',
  },
  'version-skew': {
    severity: 'warning',
    title: 'The API servers are more than one minor version apart',
    why: 'Kubernetes supports a difference of one. Beyond it, an object that one server writes can be unreadable for another.',
    remedy: 'Finish the upgrade: `kubeadm upgrade node` on the nodes that are behind.',
  },
} satisfies FindingEntries;
