import type { FindingEntries } from './entry.ts';

/** What stands in the way of making a cluster, and how that can end. */
export const upFindings = {
  'kubeadm-missing': {
    severity: 'error',
    title: 'A program that kubeadm needs is not installed',
    why: '`up` has kubeadm make the cluster, and installs neither it nor the kubelet. Nothing was changed.',
    remedy:
      'Install kubeadm, kubelet and kubectl of one version from the package repository of Kubernetes on the machine, then run `k8s-ha up FILE` again.',
  },
  'no-container-runtime': {
    severity: 'error',
    title: 'A machine has no container runtime',
    why: 'API server, etcd and all else are started by the kubelet in containers. Nothing was changed.',
    remedy: 'On the machine, install containerd (or CRI-O) and start it: `systemctl enable --now containerd`.',
  },
  'kubeadm-versions': {
    severity: 'error',
    title: 'The machines have different versions of kubeadm',
    why: 'kubeadm makes a cluster of its own version, and a node of another one would join with other settings, or be refused.',
    remedy: 'Install the same version of kubeadm, kubelet and kubectl on all machines.',
  },
  'other-endpoint': {
    severity: 'error',
    title: 'A machine belongs to a cluster with another address',
    why: 'It may be a machine of another cluster: `up` changes nothing that it did not begin.',
    remedy:
      'Compare `controlPlaneEndpoint` in `kubectl -n kube-system get cm kubeadm-config -o yaml` with the file. To move a cluster that runs to this endpoint, see docs/guides/move-existing-cluster.md.',
  },
  'clusters-differ': {
    severity: 'error',
    title: 'Machines of one file belong to different clusters',
    why: 'Two certificate authorities mean two clusters, and no node can be in both.',
    remedy: 'Take the machine that is wrong out of its cluster, with `kubeadm reset` on it, and run it again.',
  },
  'up-external-etcd': {
    severity: 'error',
    title: 'The cluster keeps its state in an etcd that runs elsewhere',
    why: 'kubeadm needs addresses and credentials of that etcd, which the cluster file does not have.',
    remedy: 'Run kubeadm by hand: docs/guides/new-cluster.md has the steps.',
  },
  'kubeadm-failed': {
    severity: 'error',
    title: 'kubeadm did not end well on a machine',
    why: 'The machine is no node yet. What kubeadm changed there is marked as ours, and the next run takes it away before it tries again.',
    remedy: 'Read what the message says and `journalctl -u k8s-ha-kubeadm` on the machine, fix it, and run it again.',
  },
  'no-join-token': {
    severity: 'error',
    title: 'No token could be made for a machine that is to join',
    why: 'A machine joins with a token that a node of the cluster makes, good for a quarter of an hour.',
    remedy: 'On the node, try `kubeadm token create --ttl 15m`; then run it again.',
  },
  'not-serving': {
    severity: 'error',
    title: 'An API server that was made does not answer',
    why: 'Nodes join through the API, and etcd must have its majority before another member is added.',
    remedy: 'On the node: `journalctl -u kubelet -n 50`, and the logs below /var/log/pods. Then run it again.',
  },
  'step-without-effect': {
    severity: 'error',
    title: 'A step ended well, and the machine does not show it',
    why: 'Doing it over and over would not help: something else undoes it, or hides it.',
    remedy: 'On the machine: `journalctl -u kubelet -n 50`. Then run it again.',
  },
  'node-not-in-file': {
    severity: ['error', 'warning'],
    title: 'A node of the cluster is not in the file',
    why: 'Where another hand let it join, `up` leaves it as it is. `down` stops where `up` made it: it would go on alone, and may hold a VIP.',
    remedy:
      'Put the node into the file. To take it out: `k8s-ha up FILE`, with `--leave NODE` where `up` did not make it. `k8s-ha down FILE --without NODE` leaves it as it is.',
  },
  'leaving-unseen': {
    severity: 'error',
    title: 'The machine of a node that leaves cannot be asked',
    why: 'What runs on it (pods, an etcd member, a VIP) would go on beside what takes its place. Nothing was changed.',
    remedy: 'Fix the connection to it. If that machine is off for good: `k8s-ha up FILE --without NODE`.',
  },
  'etcd-below-quorum': {
    severity: 'error',
    title: 'etcd would lose its majority without a node that is to leave',
    why: 'An etcd without its majority takes no writes, and can change its members no more. Nothing was changed.',
    remedy:
      'Bring the other control-plane nodes back first (`k8s-ha status FILE`), or put one more into the file, which joins before others leave. Then run it again.',
  },
  'balancer-not-possible': {
    severity: 'error',
    title: 'Workers cannot have a HAProxy of their own in this cluster',
    why: 'It runs under systemd, and checks API servers without a login: a worker has no certificate for that.',
    remedy: 'Leave `kubernetes.workerBalancer` at `vip`, or change `apiServer.healthAuth` or `runtime`.',
  },
  'balancer-failed': {
    severity: 'error',
    title: 'HAProxy could not be placed on a worker, or its kubelet not be pointed at it',
    why: 'The kubelet goes on as it did before: it is pointed at HAProxy only when that runs.',
    remedy: 'Read what the message says and `journalctl -u k8s-ha-haproxy` on the worker, fix it, and run it again.',
  },
  'kubelet-silent': {
    severity: 'error',
    title: 'A kubelet that was to reach the API another way did not tell the cluster that it lives',
    why: 'A node whose kubelet is silent for 40 s is NotReady, and loses its pods after five minutes. It was given back what it had.',
    remedy: 'On the worker: `journalctl -u kubelet -n 50`. Then run `k8s-ha up FILE` again.',
  },
  'not-made-by-up': {
    severity: 'error',
    title: 'A machine is a node that k8s-ha did not make',
    why: '`down` takes back what `up` made. A node that another hand made may belong to somebody else’s cluster.',
    remedy:
      'Is it the right file? If the node is to go all the same: `k8s-ha down FILE --not-ours`. Nothing was changed.',
  },
  'take-down-failed': {
    severity: 'error',
    title: 'A node could not be taken off its machine',
    why: '`kubeadm reset` did not end well there. The machine is marked as one to be finished; nothing later was begun.',
    remedy: 'Read what the message says, fix it on the machine, and run `k8s-ha down FILE` again.',
  },
  'leave-failed': {
    severity: 'error',
    title: 'A node could not be taken out of the cluster',
    why: 'What was done stays done; the node stays in the cluster until the end, so that the next run finishes it.',
    remedy:
      'Read what the message says. Pods without a controller, and budgets that allow no disruption, stop the drain: `kubectl get pdb -A`. Then run it again.',
  },
  'node-not-ready': {
    severity: 'warning',
    title: 'A node is in the cluster, and not Ready',
    why: 'No pods are scheduled on it. Where there is no network plugin yet, no node is Ready.',
    remedy:
      'See why: `kubectl describe node NODE`. A network plugin goes into the `addons` folder of the cluster file, or is applied with kubectl.',
  },
} satisfies FindingEntries;
