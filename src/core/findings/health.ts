import type { FindingEntries } from './entry.ts';

/** What is wrong with the endpoint right now. */
export const healthFindings = {
  'no-holder': {
    severity: 'error',
    title: 'No node holds a VIP',
    why: 'The API address is gone: no client reaches the cluster through it. Pods keep running, but nothing is scheduled, scaled or repaired.',
    remedy:
      'On each node, run `journalctl -u k8s-ha-keepalived -n 50`. An instance is in FAULT because HAProxy is down, the node is drained, or it misses the majority; `k8s-ha status FILE` says which. End a forgotten drain with `k8s-ha undrain FILE NODE`.',
  },
  'split-brain': {
    severity: 'error',
    title: 'Several nodes hold one VIP',
    why: 'Each client reaches one of them by chance. One of the two may be cut off from etcd, so that some clients lose the API while others do not notice.',
    remedy:
      'Fencing ends it within about three seconds, and a keepalived that hangs is ended within two. If it stays, run `systemctl stop k8s-ha-keepalived` on the node that clients should not use: stopping takes the VIP off.',
  },
  'node-unknown': {
    severity: 'error',
    title: 'A node could not be asked',
    why: 'Unknown is not down: it may still hold a VIP. Until it answers, nobody can rule out two holders.',
    remedy: 'Try `ssh NODE true`, then its console or power. Run `k8s-ha status FILE` again when it answers.',
  },
  'haproxy-down': {
    severity: 'error',
    title: 'HAProxy does not run on a node',
    why: 'The node gives its VIPs up and cannot take any. If this happens on every node, the API address is gone.',
    remedy:
      'On the node: `systemctl status k8s-ha-haproxy` and `journalctl -u k8s-ha-haproxy -n 50`. systemd keeps trying to start it; if the files were edited, `k8s-ha apply FILE` restores them.',
  },
  'haproxy-silent': {
    severity: 'error',
    title: 'HAProxy runs on a node, but does not answer',
    why: 'Clients of this node wait and get nothing. Where it holds a VIP, keepalived moves the VIP once its check has failed often enough.',
    remedy:
      'On the node: `systemctl status k8s-ha-haproxy` and `journalctl -u k8s-ha-haproxy -n 50`. If it stays so, `systemctl restart k8s-ha-haproxy`.',
  },
  'keepalived-down': {
    severity: 'error',
    title: 'keepalived does not run on a node',
    why: 'The node holds no VIP and takes none. One more loss may leave a VIP without a holder.',
    remedy:
      'On the node: `systemctl status k8s-ha-keepalived` and `journalctl -u k8s-ha-keepalived -n 50`. systemd keeps trying to start it; if the files were edited, `k8s-ha apply FILE` restores them.',
  },
  'keepalived-silent': {
    severity: 'error',
    title: 'keepalived runs on a node, but does not answer',
    why: 'A keepalived that hangs sends no adverts: another node takes its VIPs over, while this one still has them on its interface. It is ended and started again within about two seconds.',
    remedy:
      'On the node: `systemctl status k8s-ha-keepalived` and `journalctl -u k8s-ha-keepalived -n 50`. If it stays so, `systemctl restart k8s-ha-keepalived`.',
  },
  'levers-unheard': {
    severity: 'error',
    title: 'keepalived on a node does not hear its levers',
    why: 'keepalived watches files that say "give the VIP up": a drain, a planned move, a HAProxy that has ended. When it started, the kernel had no inotify instance left for it (many programs of a control plane use several, and root may have 128 by default), so it goes on without: planned moves from this node fail, and after a HAProxy that ends the VIP moves by the check alone, seconds later.',
    remedy:
      'On the node: `sysctl -w fs.inotify.max_user_instances=1024`, the same in a file of /etc/sysctl.d, then `systemctl restart k8s-ha-keepalived`, which moves the VIPs that it holds.',
  },
  'cut-off': {
    severity: 'error',
    title: 'A node does not reach the majority of the nodes',
    why: 'Its etcd cannot accept writes, so the node gives its VIPs up and takes none until it reaches the majority again.',
    remedy:
      'On the node, see which peers fail: `ping` their addresses and look at `nft list ruleset`. Then check its switch port and VLAN.',
  },
  'connections-full': {
    severity: 'error',
    title: 'HAProxy has as many connections as it may have',
    why: 'New clients of this node wait until others leave. The VIP stays, because the next node would be filled by the same clients.',
    remedy:
      'See on the node who has them: `ss -Htn state established sport = :PORT`, counted by peer address. Stop that client, or raise `haproxy.maxConnections` and the limit of open files.',
  },
  'mac-changed': {
    severity: 'error',
    title: 'A node has another hardware address than the one that the others hear it from',
    why: 'The guard of the other nodes drops its adverts. It would hold a VIP beside the node that takes it over, so it gives its VIPs up and takes none: there is one node less to fail over to.',
    remedy:
      'After a change of the network card or of the virtual machine, run `k8s-ha apply FILE`. Where hardware addresses change by themselves, set `guard: addresses`.',
  },
  'guard-not-loaded': {
    severity: 'warning',
    title: 'The guard against forged adverts is not loaded on a node',
    why: 'Any machine of the segment can take the VIPs away by adverts in the name of a node. Mostly a firewall was reloaded and flushed the rules of everybody (`flush ruleset`).',
    remedy:
      'Run `k8s-ha apply FILE`: no VIP moves. For nftables.service, replace `flush ruleset` in /etc/nftables.conf by the deletion of its own tables.',
  },
  'adverts-dropped': {
    severity: 'warning',
    title: 'The guard of a node has dropped adverts',
    why: 'Something in the segment sends adverts with a virtual router id of this cluster and is none of its nodes: another cluster or router with the same id, or somebody who wants the VIP.',
    remedy:
      'Find the sender on the node: `tcpdump -eni INTERFACE ip proto 112`. A neighbour with the same id needs another one: `endpoint.virtualRouterId`.',
  },
  'old-program-runs': {
    severity: 'warning',
    title: 'A program still runs from a package that was replaced',
    why: 'A security fix that was installed is not in force until the program restarts. An unplanned restart would start the new version untested.',
    remedy: 'Run `k8s-ha apply FILE`: it restarts the program node by node, VIP holder last, with gates.',
  },
  drained: {
    severity: 'warning',
    title: 'A node is drained',
    why: 'Somebody put it in maintenance: it holds no VIP and gets no new connections. While it stays so, there is one node less to fail over to.',
    remedy:
      'Read the reason in `k8s-ha status FILE`. When the maintenance is over: `k8s-ha undrain FILE NODE`. Where a rollout drained it and none is running any more: `k8s-ha apply FILE` finishes it.',
  },
  'instance-fault': {
    severity: 'error',
    title: 'A VRRP instance is in FAULT',
    why: 'This node cannot take that VIP. If all nodes are in FAULT, nobody holds it.',
    remedy:
      'On the node, run `journalctl -u k8s-ha-keepalived -n 50`: it names the check or the interface that failed. Where it is `support_…`, other nodes know a better holder that this node does not hear: look for what lies between the two, a cable, a VLAN, a firewall. It stands by again once the VIP has no other holder, or half a minute after the holder reaches it.',
  },
  'no-api-server': {
    severity: 'error',
    title: 'No HAProxy finds any API server ready',
    why: 'The address answers, the API does not, or only in part: writes fail, and reads come from caches at best. Most often etcd is the reason.',
    remedy:
      'On each node: `crictl ps -a | grep -E "apiserver|etcd"` and `journalctl -u kubelet -n 50`. More than half of the etcd members must run before any API server gets ready.',
  },
  'files-differ': {
    severity: 'warning',
    title: "Files on a node differ from the cluster file's",
    why: 'Somebody changed the cluster file and has not applied it, or edited a file on the node by hand. The node behaves otherwise than the cluster file says.',
    remedy: 'See the differences with `k8s-ha plan FILE`, then run `k8s-ha apply FILE`.',
  },
  'api-server-down': {
    severity: 'warning',
    title: 'HAProxy finds an API server not ready',
    why: 'Clients are sent to the other API servers, which carry the load. When none is left, the VIP answers and the API does not.',
    remedy:
      'The last check is in the message: `L4CON` nobody listens, `L4TOUT` no answer, `L6RSP` TLS, `L7STS` not ready. On that node: `crictl ps -a | grep -E "apiserver|etcd"` and `journalctl -u kubelet -n 50`.',
  },
} satisfies FindingEntries;
