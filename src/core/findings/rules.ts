import type { Remedies } from './entry.ts';

/** Findings of rules; each rule's own file has the other texts. */
export const ruleRemedies = {
  'duplicate-node-name': 'Give every node the name of its machine, as `hostname` shows it.',
  'duplicate-node-address': 'Correct one of the two addresses; `ip -brief address` on the machine shows its own.',
  'duplicate-vip': 'Remove one of the two from `endpoint.virtualIPs`.',
  'vip-is-node-address':
    'Choose a free address of the same network for the VIP; `ping` it first to see that nobody answers.',
  'vip-not-unicast': "Choose a free address of the nodes' network for the VIP.",
  'node-address-not-unicast':
    'Write the address by which the other nodes reach the machine; `ip -brief address` shows it.',
  'mixed-families-in-nodes':
    'Write addresses of one family as `address` on every node, and those of the other as `secondAddress`.',
  'second-address-of-same-family':
    "Write the node's address of the other family as `secondAddress`, or remove the key.",
  'vip-family-differs-from-nodes':
    "Choose a VIP of the nodes' family, or give every node a `secondAddress` of the VIP's family.",
  'snapshots-external-etcd': 'Leave `etcd.snapshots` out, and take snapshots where etcd runs: `etcdctl snapshot save`.',
  'single-node': 'Add nodes to the cluster file: three survive the loss of one. Until then nothing needs to be done.',
  'even-number-of-nodes': 'Add one node, or remove one: an odd number survives as many losses with fewer machines.',
  'more-vips-than-nodes': 'Use at most as many VIPs as nodes, or accept that one loss moves several VIPs.',
  'port-clash': 'Choose another `endpoint.port`; 7443 beside 6443 for the API server is usual.',
  'duplicate-priority': 'Remove the priorities, or set them about 20 apart.',
  'priority-gap': 'Remove the priorities, or set them about 20 apart.',
  'router-id-range': 'Lower `endpoint.virtualRouterId` so that all VIPs fit below 256, or remove it.',
  'fencing-without-majority': 'Write `fencing: auto`, or use three nodes.',
  'fencing-off-stacked': 'Write `fencing: auto`, or remove the key.',
  'tell-clients-unavailable': 'Remove `failover.tellClients`, or run packages with the guard: the defaults.',
  'preempt-on': 'Remove `failover.preempt`, unless a certain node must hold the address.',
  'failover-target-too-tight':
    'Raise `failover.target` to what the message says. To go lower, measure the hosts first: `k8s-ha soak FILE --busy`.',
  'failover-target-missed': 'Remove `failover.timers`, or raise `failover.target`; `k8s-ha predict FILE` shows both.',
  'advert-interval-step': 'Write the interval that the message proposes, or remove `failover.timers.advertInterval`.',
  'advert-interval-fast': 'Pin 30ms or more, or measure these hosts under full load first: `k8s-ha soak FILE --busy`.',
  'down-timer-adverts-low':
    'Write 3 or more for `failover.timers.downTimerAdverts`, and shorten `advertInterval` instead.',
  'dns-name-is-address': 'Remove `endpoint.dnsName`: the VIPs are in the certificates anyway.',
  'ca-file-relative': 'Write the full path on the nodes, such as /etc/kubernetes/pki/ca.crt.',
  'health-path': 'Begin `apiServer.healthPath` with a slash, such as /readyz.',
  'health-cert-paths': 'Write the full path on the nodes, such as /etc/ssl/private/k8s-ha-health.pem.',
  'health-cert-unused': 'Write `apiServer.healthAuth: certificate`, or remove the key that the message names.',
  'images-unused': 'Write `runtime: podman`, or remove `images`.',
  'interface-name-too-long':
    'Write the name that `ip link` shows, or remove `interface`: it is found from the address.',
  'extra-overrides-ours':
    'Use section names of your own in `extra`, and the keys of the cluster file where there is one.',
  'ssh-option-owned': 'Remove the option from `ssh.options`.',
  'ssh-host-key-check-off':
    "Remove the option, and accept the nodes' keys once: `ssh NODE true`, or `ssh-keyscan` over a network that you trust.",
} satisfies Remedies;
