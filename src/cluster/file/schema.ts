import type * as z from 'zod';
import { judgeRoles, kubernetes, maxControlPlane, maxNodes, role } from './schema/kubernetes.ts';
import { firewallModes, guardModes, runtimeNames, type RuntimeName } from '../spec.ts';
import { apiServer } from './schema/api-server.ts';
import { failover } from './schema/failover.ts';
import {
  about,
  address,
  choice,
  clusterName,
  dnsName,
  duration,
  folderPath,
  imageName,
  integer,
  interfaceName,
  lines,
  listOf,
  mapping,
  nodeName,
  port,
  sshOptions,
  userName,
} from './parts.ts';

const ssh = mapping({
  user: userName()
    .meta(
      about('Login on the nodes; sudo is used where it is not root. From your ssh configuration when absent.', 'root'),
    )
    .optional(),
  port: port().meta(about('Port of sshd. From your ssh configuration when absent.', 22)).optional(),
  options: sshOptions()
    .meta(about('More options for ssh, as `-o` takes them (ssh_config(5)).', { ProxyJump: 'bastion.example.com' }))
    .default({}),
}).meta(about('How to log in to the nodes. What is absent comes from your own ssh configuration.'));

const endpoint = mapping({
  virtualIPs: listOf(
    address().meta(about('A virtual IP address, free in the network of the nodes.', '172.16.100.100')),
    'a list of addresses',
    maxControlPlane,
  ).meta(
    about(
      'Virtual IP addresses (VIPs) of the Kubernetes API: a node that fails loses them to another. Each is a VRRP instance of its own and prefers another node.',
      ['172.16.100.100'],
    ),
  ),
  port: port().meta(about('Port of the API on the VIPs: HAProxy listens on it on every node.', 7443)).default(7443),
  dnsName: dnsName()
    .meta(about('Name that clients use for the API, if there is one. It must resolve to the VIPs.', 'api.example.com'))
    .optional(),
  virtualRouterId: integer('a virtual router id', 1, 255)
    .meta(
      about(
        'VRRP virtual router id of the first VIP; the others count up from it. Must be unique in the network segment. Derived from the name when absent.',
        51,
      ),
    )
    .optional(),
}).meta(about('Where clients find the Kubernetes API.'));

const node = mapping({
  name: nodeName().meta(about('Name of the machine, best the name of its Kubernetes node.', 'cp1')),
  address: address().meta(about('Address of the machine, through which the nodes and you reach it.', '172.16.217.171')),
  secondAddress: address()
    .meta(
      about(
        'Its address of the other family, on the same interface. Needed where a VIP is of that family (dual stack).',
        'fd17:216::171',
      ),
    )
    .optional(),
  interface: interfaceName()
    .meta(about('Network interface that holds the address. Found on the node when absent.', 'eth0'))
    .optional(),
  priority: integer('a VRRP priority', 1, 254)
    .meta(
      about(
        'VRRP priority for the first VIP; the highest is preferred. 254, 234, 214, … in the order of the list when absent.',
        254,
      ),
    )
    .optional(),
  role,
  ssh: ssh.optional(),
});

const etcd = mapping({
  mode: choice(['stacked', 'external'])
    .meta(about('`stacked`: every node runs an etcd member. `external`: etcd runs elsewhere.'))
    .default('stacked'),
  clientPort: port().meta(about("etcd's port for clients.", 2379)).default(2379),
  peerPort: port().meta(about("etcd's port for its members.", 2380)).default(2380),
  snapshots: mapping({
    every: duration({ minMs: 5 * 60_000, maxMs: 7 * 24 * 3_600_000 })
      .meta(about('Time between two snapshots of a node; the nodes take turns within it.', '6h'))
      .default('6h'),
    keep: integer('a number of snapshots', 1, 1000)
      .meta(about('How many stay on each node; older ones are deleted.', 8))
      .default(8),
  })
    .meta(
      about(
        'Each node takes snapshots of its own etcd member, into /var/lib/k8s-ha-etcd/snapshots; for kubeadm’s stacked etcd.',
      ),
    )
    .optional(),
}).meta(about('Where the cluster keeps its state.'));

const haproxy = mapping({
  maxConnections: integer('a number of connections', 100, 1_000_000)
    .meta(about("Connections that one HAProxy takes at most. From the node's limit of open files when absent.", 20_000))
    .optional(),
  extra: lines().meta(about('Lines for the end of haproxy.cfg, as they are: sections of your own.')).default(''),
}).meta(about('HAProxy on every node.'));

const keepalived = mapping({
  hmacKeyFile: folderPath()
    .meta(
      about(
        "File with the key that signs the nodes' VRRP adverts, relative to this file: 64–128 hexadecimal digits (`openssl rand -hex 32`), readable by you alone. Takes effect where every node has keepalived 2.4.2 or newer. Absent: adverts are not signed.",
        './vrrp.key',
      ),
    )
    .optional(),
  extra: lines().meta(about('Lines for the end of keepalived.conf, as they are: blocks of your own.')).default(''),
}).meta(about('Keepalived on every node.'));

const guard = choice(guardModes)
  .meta(
    about(
      "Whose VRRP adverts a node hears (nftables). `macs`: those of the other nodes' addresses and hardware addresses. `addresses`: of their addresses alone, where the network or the nodes change hardware addresses. `off`: anybody's.",
    ),
  )
  .default('macs');

const firewall = choice(firewallModes)
  .meta(
    about(
      "Who opens the nodes' firewalls. `manage`: `apply` opens firewalld (a policy of its own) and ufw (rules with the comment k8s-ha) for the cluster, and `remove` closes them. `off`: you do; `check --live` prints the commands.",
    ),
  )
  .default('off');

const images = mapping({
  haproxy: imageName()
    .meta(about('Image with HAProxy and its user `haproxy`, sh and curl.', 'registry.example.com/k8s-ha:1'))
    .optional(),
  keepalived: imageName()
    .meta(about('Image with keepalived, sh, curl, socat, grep and ip.', 'registry.example.com/k8s-ha:1'))
    .optional(),
}).meta(
  about(
    "Container images for `runtime: podman`. Where one is absent, each node builds it once from Debian's packages.",
  ),
);

const runtimeTexts: Readonly<Record<RuntimeName, string>> = {
  systemd: "Debian's packages",
  podman: 'containers, in units of systemd too',
};

/** The cluster file. `ClusterSpec` is what becomes of it when every default is filled in. */
export const clusterFile = mapping({
  name: clusterName().meta(about('Name of the cluster.', 'prod')),
  endpoint,
  nodes: listOf(node, 'a list of nodes', maxNodes)
    .superRefine((nodes, context) => {
      const complaint = judgeRoles(nodes);
      if (complaint) context.addIssue({ code: 'custom', params: { ...complaint } });
    })
    .meta(
      about('The control-plane nodes, the preferred one first: three or five are usual. Workers are for `k8s-ha up`.', [
        { name: 'cp1', address: '172.16.217.171' },
      ]),
    ),
  kubernetes: kubernetes.prefault({}),
  apiServer: apiServer.prefault({}),
  etcd: etcd.prefault({}),
  failover: failover.prefault({}),
  ssh: ssh.prefault({}),
  runtime: choice(runtimeNames)
    .meta(
      about(
        `How keepalived and HAProxy run on the nodes: ${runtimeNames.map((name) => `\`${name}\`: ${runtimeTexts[name]}.`).join(' ')}`,
      ),
    )
    .default('systemd'),
  images: images.prefault({}),
  haproxy: haproxy.prefault({}),
  keepalived: keepalived.prefault({}),
  guard,
  firewall,
  addons: folderPath()
    .meta(
      about(
        'Folder of manifests, relative to this file, that every node keeps applied (label addonmanager.kubernetes.io/mode: Reconcile or EnsureExists).',
        './addons',
      ),
    )
    .optional(),
});

/** The cluster file, checked and with the schema's defaults, but not yet a specification. */
export type ClusterFile = z.output<typeof clusterFile>;
