import type { FindingEntries } from './entry.ts';

/** etcd's snapshots and their restore, and the certificates of kubeadm. */
export const lifeFindings = {
  'etcd-external': {
    severity: 'error',
    title: 'etcd runs elsewhere',
    why: 'Where the data of another etcd is, who may read it and how it is stopped is not known here. Nothing was changed.',
    remedy: 'Use `etcdctl snapshot save` and `etcdutl snapshot restore` where etcd runs, as its documentation says.',
  },
  'etcd-no-member': {
    severity: 'error',
    title: 'No etcd member can give a snapshot',
    why: 'A snapshot of a member that has no majority behind it may lack writes that were acknowledged.',
    remedy:
      'Run `k8s-ha status FILE` and bring members back until a majority answers. If that is impossible, restore the last snapshot: `k8s-ha etcd restore FILE --snapshot PATH`.',
  },
  'etcd-snapshot-failed': {
    severity: 'error',
    title: 'A snapshot of etcd could not be taken, or is not good',
    why: 'There is no new snapshot. Those that were there before stay.',
    remedy:
      'Fix what the finding reports; `df -h /var/lib` on the node shows whether there is room. Or take it on another node: `--node NODE`.',
  },
  'etcd-restore-impossible': {
    severity: 'error',
    title: 'A node cannot take part in a restore of etcd',
    why: 'All members get the data of one snapshot, or they would be different clusters. Nothing was changed.',
    remedy:
      'Is it a control-plane node that kubeadm made? `ls /etc/kubernetes/manifests` on it has etcd.yaml then. A machine that is lost for good goes out of the cluster file first.',
  },
  'etcd-restore-unfinished': {
    severity: 'error',
    title: 'A restore of another snapshot is not finished',
    why: 'etcd is stopped, and some nodes may have the data of that snapshot already.',
    remedy: 'Run `k8s-ha etcd restore FILE` again with that snapshot to the end. Then restore the other one.',
  },
  'etcd-restore-failed': {
    severity: 'error',
    title: 'A step of a restore of etcd failed',
    why: 'What was done stays; the data of before is on the nodes as `member.before-…` in the data folder of etcd. While etcd is stopped, there is no API.',
    remedy: 'Fix what the finding reports, then run the same command again: it goes on where it stopped.',
  },
  'worker-differs': {
    severity: 'warning',
    title: 'A worker is not as the cluster file says',
    why: 'Its kubelet asks the API by a HAProxy of its own. Where that does not run, or the kubelet asks elsewhere, the next move of a VIP or loss of an API server may cost the worker more than it should.',
    remedy: 'Run `k8s-ha up FILE --dry-run` to see what differs, and `k8s-ha up FILE` to change it.',
  },
  'worker-unknown': {
    severity: 'warning',
    title: 'A worker does not answer',
    why: 'Whether its HAProxy runs, and whom its kubelet asks, is unknown. Clients of the endpoint are not concerned.',
    remedy: 'Log in to it by hand with the command that `status` prints; `--wait` waits for it longer.',
  },
  unfinished: {
    severity: 'warning',
    title: 'Work on a node was begun and has not ended',
    why: 'While Kubernetes is upgraded on a node, or its certificates are renewed, it has no VIP and its API server gets no new connections. What was interrupted leaves it so: after 25 minutes the node takes part again by itself, in the middle of its work.',
    remedy:
      'Run the command that the finding names: it goes on where the work stopped, and ends it. `k8s-ha status FILE` shows who works on the cluster, if somebody does.',
  },
  'certificates-not-kubeadm': {
    severity: 'error',
    title: 'A node has no certificates that kubeadm could renew',
    why: 'Only kubeadm knows which certificates it made, and for what. Nothing was changed.',
    remedy:
      'Is it a control-plane node that kubeadm made, and is kubeadm installed there? Other distributions renew theirs by themselves.',
  },
  'certificates-external-ca': {
    severity: 'error',
    title: 'The key of a CA is not on a node',
    why: 'kubeadm signs with it. Where the CA is elsewhere, that is where certificates are renewed. Nothing was changed.',
    remedy:
      'Have the CA sign the certificates that expire, put them in their places on each node, and restart the static pods of the control plane one node after the other.',
  },
  'ca-rotation': {
    severity: 'error',
    title: 'A CA is not rotated by this tool',
    why: 'Every client, kubelet, kubeconfig and ServiceAccount token secret has to trust both CAs for a while, those outside of the cluster too: which there are is not known here, and one that is forgotten is locked out. kubeadm does not do it either.',
    remedy:
      'Follow https://kubernetes.io/docs/tasks/tls/manual-rotation-of-ca-certificates/ step by step. kubeadm’s CAs last ten years.',
  },
  'certificates-renew-failed': {
    severity: 'error',
    title: 'The renewal of certificates stopped at a node',
    why: 'The node may have new certificates with programs that still have the old ones, no VIP and no connections. The others carry its load.',
    remedy: 'Fix what the finding reports, then run `k8s-ha certificates renew FILE` again: it goes on at that node.',
  },
} satisfies FindingEntries;
