import type { FindingEntries } from './entry.ts';

/** What importing a set-up of your own has to say beside its defects. */
export const importFindings = {
  'import-node-not-read': {
    severity: 'error',
    title: "A node's present set-up could not be read",
    why: 'The cluster file would be made without it, and could lack a node or a VIP.',
    remedy:
      'Try `ssh NODE true` as a user that may read /etc/keepalived and /etc/haproxy, then run `k8s-ha import` again.',
  },
  'import-server-by-name': {
    severity: 'warning',
    title: 'A server is given by name, not by address',
    why: 'The name would have to be resolved while the cluster is down. The cluster file needs the address.',
    remedy: 'Name the nodes: `k8s-ha import … --nodes NAME=ADDRESS,…`. `getent hosts NAME` on a node has the address.',
  },
  'import-nodes-unknown': {
    severity: 'error',
    title: 'The files do not say which addresses the nodes have',
    why: 'Without nodes there is no cluster file.',
    remedy: 'Name the nodes: `k8s-ha import … --nodes NAME=ADDRESS,…`.',
  },
  'import-balancers-apart': {
    severity: 'info',
    title: 'keepalived runs on machines that are no API servers',
    why: 'k8s-ha runs on the control-plane nodes themselves. Machines that only balance are more that can fail, and cannot tell a cut-off node from a dead one.',
    remedy:
      'Go on with the cluster file: `k8s-ha plan FILE`. Take the old machines out of service when the new endpoint works.',
  },
  'import-vip-unknown': {
    severity: 'error',
    title: 'No VIP can be read from the files',
    why: 'Without a VIP there is no endpoint that could move.',
    remedy:
      'Give `k8s-ha import` the files as the programs read them, with placeholders filled in; on a node, `ip -brief address` shows the VIP.',
  },
  'import-port-clash': {
    severity: 'warning',
    title: "Clients use a port that is the API server's own on the nodes",
    why: 'HAProxy listens on all addresses of a node and needs a port of its own beside the API server. Clients that keep the old port bypass HAProxy.',
    remedy:
      'Change kubeconfigs and controlPlaneEndpoint to port 7443, or redirect the old port on the VIP with nftables.',
  },
  'import-too-much': {
    severity: 'warning',
    title: 'The configuration multiplies itself without end',
    why: 'Reading stopped at the limit, so what comes after it was not looked at.',
    remedy:
      'Write the lines out instead of generating them with `~SEQ`, `~LST` or parameters, then run `k8s-ha import` again.',
  },
  'import-include-not-found': {
    severity: 'warning',
    title: 'An included file was not given',
    why: 'What stands in it is missing from the cluster file and from the findings.',
    remedy:
      'Give `k8s-ha import` the folder that the file is in, or read the node itself: `k8s-ha import --from ssh://NODE`.',
  },
  'import-include-loop': {
    severity: 'warning',
    title: 'A file includes itself',
    why: 'keepalived would read it without end. Reading stopped at the second time.',
    remedy: 'Remove one of the include lines, then run `k8s-ha import` again.',
  },
  'import-file-refused': {
    severity: 'error',
    title: 'The cluster file that the files give has errors',
    why: 'It was made as the files say, and `k8s-ha check` refuses it: it would not work, or would clash.',
    remedy: 'See what is wrong with `k8s-ha check FILE`, and correct it there before `k8s-ha plan FILE`.',
  },
  'import-port-unknown': {
    severity: 'warning',
    title: 'The files do not say on which port clients reach the API',
    why: 'The cluster file has the default, which may be another port than the one in kubeconfigs.',
    remedy: 'Compare `endpoint.port` of the cluster file with `kubectl config view --minify`.',
  },
} satisfies FindingEntries;
