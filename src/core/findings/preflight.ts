import type { FindingEntries } from './entry.ts';

/** What stands in the way before a rollout touches anything. */
export const preflightFindings = {
  'node-not-discovered': {
    severity: 'error',
    title: 'A node did not say who it is',
    why: 'Without its name and address the node cannot be written into the cluster file, and a cluster file without it describes another cluster.',
    remedy: 'Try `ssh NODE hostname`. If the login works, name the node by hand: `k8s-ha init --nodes NAME=ADDRESS,…`.',
  },
  'node-unreachable': {
    severity: 'error',
    title: 'A node cannot be reached, so nothing is rolled out',
    why: 'A rollout that skips a node makes the nodes disagree about VIPs, router ids or timers, and nodes that disagree can hold one VIP twice.',
    remedy:
      'Log in by hand with `ssh NODE true` and fix what it reports. If the machine is off for good: `k8s-ha apply FILE --without NODE`.',
  },
  'connections-not-keepable': {
    severity: 'error',
    title: 'A node cannot keep connections over planned moves',
    why: "`failover.keepConnections` hands packets of established connections on by nft's `socket` and `dup`. Without them, a planned move to or from this node would reset every connection through it, although the cluster file says otherwise.",
    remedy:
      'On the node, install the package nftables; where nft is there, it or its kernel is too old, or built without NFT_SOCKET and NFT_DUP. Otherwise remove `failover.keepConnections`.',
  },
  'inotify-short': {
    severity: 'warning',
    title: "A node's programs can hardly watch any more files",
    why: 'Programs hear of changed files by inotify instances, and root may have 128 by default: the kubelet, the API server and systemd use several each. A keepalived that gets none when it starts runs on, but hears of no drain and of no HAProxy that has ended.',
    remedy:
      'On the node: `sysctl -w fs.inotify.max_user_instances=1024`, and the same in a file of /etc/sysctl.d for the next boot.',
  },
  'no-systemd': {
    severity: 'error',
    title: 'The node does not run systemd',
    why: 'HAProxy, keepalived and the checks that move a VIP are systemd units. Without systemd nothing starts or restarts them.',
    remedy: 'Reinstall the node with a distribution that runs systemd, or take it out of `nodes` in the cluster file.',
  },
  'version-unknown': {
    severity: 'error',
    title: 'The version of a program cannot be read',
    why: 'Timers and configuration depend on the version. A wrong guess can render a file that the program refuses.',
    remedy:
      'On the node, run `haproxy -v` and `keepalived --version` and fix what they report, then run the command again.',
  },
  'program-missing': {
    severity: 'error',
    title: 'A program is not installed, and k8s-ha cannot install it here',
    why: 'k8s-ha installs packages with apt, dnf, zypper and apk, whichever is that of the distribution. Until the program is there, the node can neither hold a VIP nor serve one.',
    remedy: "Install it on the node with the system's own package manager, then run `k8s-ha apply FILE` again.",
  },
  'package-too-old': {
    severity: 'warning',
    title: "The distribution's own package is too old",
    why: 'It is not installed yet. What this release of the distribution has by itself is older than what k8s-ha can render for, and the rollout would stop after it was installed. Another package source may have a newer one, which cannot be known before.',
    remedy:
      'Add a package source with a newer one to the node, use a newer release, or set `runtime: podman`, which runs HAProxy and keepalived in containers. docs/supported.md lists releases.',
  },
  'program-too-old': {
    severity: 'error',
    title: 'A program is older than k8s-ha supports',
    why: 'Older versions lack options that the configuration needs: the program refuses its file, or moves the VIP later than predicted.',
    remedy:
      'Install a newer package on the node (backports, or a newer release of the distribution), or name a newer image under `images`. Then run `k8s-ha check FILE --live`.',
  },
  'addresses-unknown': {
    severity: 'error',
    title: "The node's addresses cannot be read",
    why: 'Which interface carries the VIP, and whether another machine already has it, depends on them. Guessing could put the VIP on the wrong network.',
    remedy: 'On the node, run `ip -brief address` and fix what it reports, then run `k8s-ha check FILE --live`.',
  },
  'node-address-absent': {
    severity: 'error',
    title: 'No interface has the address that the cluster file gives the node',
    why: 'keepalived would send adverts from an address that its peers do not know. They would not hear it and would take the VIP beside it.',
    remedy:
      'Compare with `ip -brief address` on the node, correct `address` in the cluster file, and run `k8s-ha check FILE --live`.',
  },
  'wrong-interface': {
    severity: 'error',
    title: "The node's address is on another interface than the cluster file says",
    why: 'The VIP would go onto an interface where clients do not look for it.',
    remedy:
      'Remove `interface` from the node in the cluster file (it is then found from the address), or set it to the interface that the message names.',
  },
  'second-address-absent': {
    severity: 'error',
    title: "The node's second address is missing, or on another interface than its first",
    why: 'The VIPs of that family move by messages between these addresses. Without one, this node takes no part in their failover.',
    remedy: 'Compare with `ip -brief address` on the node, and correct `secondAddress` in the cluster file.',
  },
  'vip-outside-prefix': {
    severity: 'error',
    title: 'A VIP does not belong to the network of the nodes',
    why: 'Clients and routers look for an address on the segment of its prefix. Elsewhere nobody finds it, on whichever node it is.',
    remedy:
      'Choose a free address from a prefix that `ip -brief address` shows on every node, and write it into `endpoint.virtualIPs`.',
  },
  'vip-taken': {
    severity: 'error',
    title: 'Another machine already answers for a VIP',
    why: 'Two machines with one address: each client reaches one or the other by chance, and which one changes without notice.',
    remedy:
      'Find the machine by the hardware address in the message (switch, DHCP server, `ip neighbour`) and take the address off it, or choose another VIP.',
  },
  'nodes-apart': {
    severity: 'error',
    title: 'Two nodes do not share a layer-2 segment',
    why: 'A VIP moves from node to node because the new holder tells its segment by ARP (IPv6: neighbour discovery) where the address is now. A router passes neither on, and keepalived takes no advert that crossed one (RFC 9568: a hop limit of 255). Nodes of two segments would each hold the VIP, or clients of one would never find it.',
    remedy:
      'On the node, `ip route get ADDRESS` of the other one names the router, and `ip neighbour` who answers. Ways out: one VLAN or stretched segment for the control plane (its nodes may be in several racks); addresses in `nodes` that are on a network which they share (a second interface counts); or another way to the API than VRRP: BGP or anycast announced by the nodes, the load balancer of the cloud, or one of your own.',
  },
  'selinux-unprepared': {
    severity: 'warning',
    title: 'SELinux is enforcing, and the policy module of k8s-ha is not loaded',
    why: "The policy of the Red Hat family confines HAProxy and keepalived: HAProxy binds and connects to a few ports alone, which ours are not among, neither knows /etc/k8s-ha and /run/k8s-ha, and keepalived may not run our scripts. HAProxy does not start, the rollout's gate fails, and the node gets its previous files back.",
    remedy:
      'Load the module on the node, as docs/guides/selinux.md shows: `checkmodule -M -m -o k8s_ha.mod k8s_ha.te`, `semodule_package -o k8s_ha.pp -m k8s_ha.mod -f k8s_ha.fc`, `semodule -i k8s_ha.pp`, `restorecon -R /etc/k8s-ha /run/k8s-ha`. Its sources are in deploy/selinux. Without the module: `setsebool -P haproxy_connect_any on` for the ports, and `semanage permissive -a keepalived_t` for the scripts. What is still denied: `ausearch -m avc -ts recent`.',
  },
  'selinux-unlabelled': {
    severity: 'warning',
    title: 'The folder of k8s-ha has the label of before its policy module was loaded',
    why: 'SELinux decides by the label, and new files take that of their folder. With the type of /etc, keepalived may not run the scripts that move a VIP.',
    remedy: 'On the node: `restorecon -RF /etc/k8s-ha /run/k8s-ha`. Nothing has to be restarted.',
  },
  'apparmor-unprepared': {
    severity: 'warning',
    title: 'AppArmor confines HAProxy or keepalived, and its profile does not name the files of k8s-ha',
    why: 'SUSE ships a profile for HAProxy, and sites write their own. A confined program reads and writes what the profile names: ours are in /etc/k8s-ha and /run/k8s-ha, and without them the program does not start.',
    remedy:
      'Add deploy/apparmor/haproxy (or keepalived) to the file that the profile includes, most often `/etc/apparmor.d/local/haproxy`, then `apparmor_parser -r` the profile. docs/guides/selinux.md shows it. What is still denied: `journalctl -k -g apparmor=`.',
  },
  'port-taken': {
    severity: 'error',
    title: 'A port that HAProxy needs is taken',
    why: 'HAProxy cannot bind the port and does not start, so that this node could not serve the VIP.',
    remedy:
      'On the node, see what listens with `ss -ltnp`. Stop it or choose another `endpoint.port`. If a HAProxy of your own serves the API there: `k8s-ha migrate FILE`.',
  },
  'etc-read-only': {
    severity: 'error',
    title: 'The node cannot write to /etc',
    why: 'Configuration and units cannot be placed. A file system that went read-only by itself often means a disk that is failing.',
    remedy:
      'On the node, look at `dmesg | tail -n 50`. If the disk is healthy: `mount -o remount,rw /`, then `k8s-ha apply FILE`.',
  },
  'disk-full': {
    severity: 'error',
    title: 'There is no space for the configuration',
    why: 'Files could be written only in part. etcd and the API server on the same disk are close to stopping as well.',
    remedy:
      'On the node, find what fills it: `df -h` and `du -xh / | sort -h | tail`. Free some space, then run `k8s-ha apply FILE`.',
  },
  'dns-name-unresolved': {
    severity: 'warning',
    title: "The endpoint's name does not resolve on a node",
    why: 'kubeadm writes the name into every kubeconfig. A kubelet that cannot resolve it does not find the API, and its node becomes NotReady.',
    remedy:
      'Check with `getent ahosts NAME` on the node. Add the name with all VIPs to the DNS, or to /etc/hosts of every node.',
  },
  'dns-name-elsewhere': {
    severity: 'warning',
    title: "The endpoint's name resolves to an address that is no VIP",
    why: 'Clients that choose that address bypass the VIPs, and no failover helps them. A load balancer of your own in front of the VIPs is a valid reason to leave it.',
    remedy:
      'Check with `getent ahosts NAME` on the node, and remove the other address from the DNS or from /etc/hosts.',
  },
  'dns-name-misses-vip': {
    severity: 'info',
    title: "The endpoint's name does not resolve to every VIP",
    why: 'Clients of the name never use the missing VIP: it spreads no load and is no second chance for them.',
    remedy:
      'Add the missing VIP to the name in the DNS or in /etc/hosts of every node, or remove the VIP from the cluster file.',
  },
  'guard-unavailable': {
    severity: 'warning',
    title: 'The guard against forged adverts cannot run on a node',
    why: 'nft is missing, or the kernel cannot do what the rules need. Any machine of the segment can then take the VIPs away by adverts in the name of another node.',
    remedy:
      'Install the package nftables on the node (with a kernel of 5.6 or newer), then run `k8s-ha apply FILE`. Or set `guard: off`.',
  },
  'hmac-unavailable': {
    severity: 'warning',
    title: 'A node cannot sign its adverts, so none does',
    why: 'All nodes must understand signed adverts, and keepalived does from 2.4.2. The guard alone keeps forged adverts away until then.',
    remedy:
      'Upgrade keepalived on the node that the message names, then run `k8s-ha apply FILE`. Or remove `keepalived.hmacKeyFile` from the cluster file.',
  },
  'hmac-not-understood': {
    severity: 'error',
    title: 'A node does not understand the signed adverts of the others',
    why: 'It would take no advert of theirs, and hold the VIPs beside them.',
    remedy:
      'Install keepalived 2.4.2 or newer on the node, then run `k8s-ha apply FILE`. Or stop signing first: remove `keepalived.hmacKeyFile` and run `k8s-ha apply FILE --without NODE` until it has nothing to do.',
  },
  'hmac-clocks': {
    severity: 'error',
    title: 'The clocks of two nodes are too far apart for signed adverts',
    why: "A signature has a time. Nodes whose clocks are more than 5 minutes apart do not take each other's adverts, and both hold the VIPs.",
    remedy:
      'On the node that is wrong, set the clock (`timedatectl`, `chronyc makestep`) and keep it in step by NTP, then run `k8s-ha apply FILE`.',
  },
  'hmac-step': {
    severity: 'info',
    title: 'Signing adverts takes several rollouts',
    why: 'Nodes that sign and nodes that do not yet must hear each other in every moment: first all accept signatures, then all sign, then all insist. The same way back, and with another key.',
    remedy: 'Run `k8s-ha apply FILE` again, until it has nothing to do. No VIP moves.',
  },
  'mac-seen-otherwise': {
    severity: 'error',
    title: "A node sees another hardware address behind a peer's address than the peer has",
    why: 'With a guard that looks at hardware addresses, this node would not hear that peer, and both would hold a VIP. Either the network changes hardware addresses, or another machine answers for the peer.',
    remedy:
      'After a change of the network card, wait a minute and run it again. If the network rewrites hardware addresses, set `guard: addresses`. Otherwise find who answers: `ip neighbour` on the node.',
  },
  'ca-missing': {
    severity: 'warning',
    title: "The cluster's CA file is not on the node yet",
    why: 'HAProxy then checks the API servers without verifying them, so that any server on the port counts as healthy. Clients still verify.',
    remedy:
      'Run `k8s-ha apply FILE` again after `kubeadm init` or `kubeadm join`. If the file is elsewhere, set `apiServer.caFile`.',
  },
  'anonymous-refused': {
    severity: 'error',
    title: 'The API servers refuse anonymous health checks',
    why: 'HAProxy asks `/readyz` without credentials, and an API server with `--anonymous-auth=false` answers 401: every API server reads as not ready, a sick one like a healthy one. HAProxy then sends connections to any that speaks TLS, which may be one that is starting, stopping or without etcd.',
    remedy:
      "Set `apiServer.healthAuth: certificate`, then run `k8s-ha apply FILE`: each node gets a client certificate that the cluster's CA on it signs. Where that CA's key is not on the nodes, give one by `apiServer.healthCertFile`.",
  },
  'health-certificate-refused': {
    severity: 'error',
    title: "The API servers refuse the health checks' client certificate",
    why: 'Every API server reads as not ready, a sick one like a healthy one. 401: the certificate has expired, or its CA is none that the API servers know clients by. 403: who it names may not read `/readyz`.',
    remedy:
      'Compare `apiServer.clientCaFile` with `--client-ca-file` of the API servers. For 403: `kubectl get clusterrolebinding system:public-info-viewer` has to name the group system:authenticated.',
  },
  'api-server-unverified': {
    severity: 'error',
    title: "HAProxy's checks would refuse an API server's certificate",
    why: 'The checks verify the certificate as clients do. Where they cannot, HAProxy takes the API server for dead, and where that is so on all nodes, nobody reaches the API through the VIPs.',
    remedy:
      'Where the certificates have addresses and no names: `apiServer.tlsServerName: none`. Where they have another name, write that. Where another CA signed them, name its file: `apiServer.caFile`.',
  },
  'health-certificate-missing': {
    severity: ['error', 'warning'],
    title: 'A node has no client certificate for health checks, and cannot make one',
    why: 'HAProxy on this node asks the API servers anonymously. Where they refuse that, it finds none of them ready, and sends connections to any that speaks TLS.',
    remedy:
      "Install openssl on the node, and put the CA's key where `apiServer.clientCaKeyFile` says, then run `k8s-ha apply FILE`. Or give a certificate of your own by `apiServer.healthCertFile`: PEM, with its key, readable by root alone.",
  },
  'health-certificate-exposed': {
    severity: 'warning',
    title: "Others than root may read the key of the health checks' client certificate",
    why: 'Whoever can read it can log in to the API as the health checks do, until the certificate expires: Kubernetes does not revoke certificates.',
    remedy:
      'On the node: `chmod 600` and `chown root:root` for the file. A key that others have read should be replaced. One that k8s-ha made is replaced by `k8s-ha apply FILE`.',
  },
  'health-certificate-expiry': {
    severity: ['error', 'warning'],
    title: "The health checks' client certificate expires soon, or has expired",
    why: 'From that day on the API servers answer the checks with 401: every API server reads as not ready, a sick one like a healthy one.',
    remedy:
      'Run `k8s-ha apply FILE`: it renews a certificate that k8s-ha made when fewer than 60 days are left. Replace one of your own (`apiServer.healthCertFile`), then run `k8s-ha apply FILE`, by which HAProxy reads it.',
  },
  'clock-off': {
    severity: 'warning',
    title: "The node's clock differs from this machine's, or from those of the other nodes",
    why: 'etcd and certificates need clocks that agree: certificates are refused as expired or not yet valid, and leases change hands at the wrong time.',
    remedy: 'On the node, look at `timedatectl`, and run chrony or systemd-timesyncd: `timedatectl set-ntp true`.',
  },
  'down-timer-adverts-unsupported': {
    severity: 'warning',
    title: 'keepalived is too old for the pinned downTimerAdverts',
    why: 'keepalived before 2.2.3 ignores it and waits for three adverts. All nodes must use the same number, so every node uses 3 and failover takes as long as predicted for 3.',
    remedy:
      'Upgrade keepalived with `k8s-ha upgrade FILE`, or remove `failover.timers.downTimerAdverts` from the cluster file.',
  },
} satisfies FindingEntries;
