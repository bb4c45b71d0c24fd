import type { FindingEntries } from './entry.ts';

/** What stands in the way of an upgrade of Kubernetes, and how that can end. */
export const versionFindings = {
  'version-downgrade': {
    severity: 'error',
    title: 'The version is older than the cluster',
    why: 'An API server writes objects that an older one cannot read, and kubeadm has no way back. Nothing was changed.',
    remedy: 'To go back, restore a snapshot of etcd that was taken before, into a cluster of the old version.',
  },
  'version-skips-minor': {
    severity: 'error',
    title: 'The version is more than one minor version away',
    why: 'During an upgrade API servers of both versions serve the same etcd, which works between neighbours alone. Nothing was changed.',
    remedy: 'Upgrade to each minor version in turn, with the newest patch version of each.',
  },
  'version-kubelet-skew': {
    severity: 'error',
    title: 'A kubelet is too old or too new for the API servers',
    why: 'A kubelet may be up to three minor versions older than an API server, and never newer. Nothing was changed.',
    remedy: 'See `kubectl get nodes`; bring that kubelet to the version of the cluster, then run it again.',
  },
  'version-external-etcd': {
    severity: 'error',
    title: 'The cluster keeps its state in an etcd that runs elsewhere',
    why: 'Each upgrade begins with a snapshot, and nothing here says how to ask that etcd for one.',
    remedy:
      'Take a snapshot there, then upgrade node by node by hand: `k8s-ha drain NODE`, kubeadm, `k8s-ha undrain NODE`.',
  },
  'version-other-begun': {
    severity: 'error',
    title: 'An upgrade to another version was begun and is not finished',
    why: 'A node in the middle of one upgrade is not a beginning for another one.',
    remedy: 'Finish it with `k8s-ha upgrade kubernetes VERSION`, with the version that the message names.',
  },
  'version-not-ready': {
    severity: 'error',
    title: 'A node is not Ready before the upgrade',
    why: 'What is broken before could not be told from what the upgrade broke. Nothing was changed.',
    remedy: 'See `kubectl describe node NODE`; fix the node, or take it out of the cluster and of the cluster file.',
  },
  'version-node-drained': {
    severity: 'error',
    title: 'A node is in maintenance',
    why: 'Somebody drained it and means to come back: the upgrade would end that drain with its own. Nothing was changed.',
    remedy: 'Ask them; then `k8s-ha undrain NODE`, and run it again.',
  },
  'version-not-offered': {
    severity: 'error',
    title: 'The folder has not the programs of the version',
    why: 'kubeadm, kubelet and kubectl of one version are needed on every machine. Nothing was changed.',
    remedy:
      'Put kubeadm, kubelet and kubectl of the version, executable, into the folder on every machine, and the images of `kubeadm config images list` as archives into `images/` below it.',
  },
  'version-foreign-program': {
    severity: 'error',
    title: 'A program that is to be replaced was placed by somebody else',
    why: 'k8s-ha overwrites what it placed itself, and no more: whoever placed the program may place it again. Nothing was changed.',
    remedy:
      'Where it is no file of a package, allow it with `--replace-programs`. Packages are upgraded by hand: `k8s-ha drain NODE`, the package manager and kubeadm, `k8s-ha undrain NODE`.',
  },
  'version-not-in-file': {
    severity: 'warning',
    title: 'Nodes of the cluster are not in the cluster file',
    why: 'Only machines that the file names are upgraded. The kubelets of the others may be up to three minor versions older.',
    remedy: 'Name them in the file with `role: worker`, or upgrade them by hand soon.',
  },
  'version-refused': {
    severity: 'error',
    title: 'kubeadm refuses the upgrade',
    why: '`kubeadm upgrade plan` of the new version checks the health of the cluster and the versions in it. Nothing but images was brought to the nodes.',
    remedy: 'Run `kubeadm upgrade plan VERSION` of the new kubeadm on the node, fix what it names, and run it again.',
  },
  'version-no-snapshot': {
    severity: 'error',
    title: 'No snapshot of etcd could be taken',
    why: 'A snapshot is the only way back. Nothing but images was brought to the nodes.',
    remedy: 'See `etcdctl endpoint status` and the free space below /var/lib on the node, then run it again.',
  },
  'version-step-failed': {
    severity: 'error',
    title: 'A step of the upgrade failed on a node',
    why: 'The node is in the middle of its visit, which the next run goes on with. No other node was touched.',
    remedy: 'Fix what the message names, and run the same command again.',
  },
  'version-kubeadm-failed': {
    severity: 'error',
    title: 'kubeadm did not end well in the middle of an upgrade',
    why: 'kubeadm puts the manifests of static pods back that did not start, and goes no further back: from there the way is forward. The manifests and the etcd data of before are in /etc/kubernetes/tmp on the node. No other node was touched, and HAProxy sends clients to API servers that are ready alone.',
    remedy:
      'Read `journalctl -u k8s-ha-kubeadm` and `journalctl -u kubelet -n 50` on the node, fix it, and run the same command again: it goes on with this node. Where nothing helps, restore the snapshot: `k8s-ha etcd restore FILE --snapshot NODE:before-VERSION-etcd-….db`.',
  },
  'version-pods-stay': {
    severity: 'error',
    title: 'The pods of a node could not leave it',
    why: 'A kubelet is replaced by another minor version on an empty node: that is what Kubernetes supports. A disruption budget, or a pod without a controller, keeps pods where they are.',
    remedy:
      'See `kubectl drain NODE --ignore-daemonsets --dry-run=server`; or leave pods where they are with `--keep-pods`.',
  },
  'version-gate-failed': {
    severity: 'error',
    title: 'A node does not work after its part of the upgrade, or before it',
    why: 'The next node is touched when every API server answers, and the one before is Ready in its new version.',
    remedy:
      'See `journalctl -u kubelet -n 50` and the logs below /var/log/pods on the node, then run the same command again.',
  },
} satisfies FindingEntries;
