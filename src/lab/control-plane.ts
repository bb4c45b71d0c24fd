import { hostPort, familyOf } from '../core/ip.ts';
import type { Addressed } from './machine/network.ts';
import { guest } from './paths.ts';

interface Named extends Addressed {
  readonly name: string;
}

/** A text file inside a machine. */
export interface GuestFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

/** etcd on loopback, in the family of the node's own address, as kubeadm has it. */
function loopbackEtcd({ address }: Named): string {
  return `http://${familyOf(address) === 'ipv6' ? '[::1]' : '127.0.0.1'}:2379`;
}

/** /etc/default/etcd of Debian's etcd-server: a static cluster of all nodes, in the clear on the lab's own network. */
export function etcdEnvironment(node: Named, nodes: readonly Named[]): string {
  return [
    `ETCD_NAME=${node.name}`,
    'ETCD_DATA_DIR=/var/lib/etcd/default',
    `ETCD_LISTEN_PEER_URLS=http://${hostPort(node.address, 2380)}`,
    `ETCD_INITIAL_ADVERTISE_PEER_URLS=http://${hostPort(node.address, 2380)}`,
    `ETCD_LISTEN_CLIENT_URLS=${loopbackEtcd(node)},http://${hostPort(node.address, 2379)}`,
    `ETCD_ADVERTISE_CLIENT_URLS=http://${hostPort(node.address, 2379)}`,
    `ETCD_INITIAL_CLUSTER=${nodes.map(({ name, address }) => `${name}=http://${hostPort(address, 2380)}`).join(',')}`,
    'ETCD_INITIAL_CLUSTER_STATE=new',
    'ETCD_INITIAL_CLUSTER_TOKEN=k8s-ha-lab',
    // As etcd from 3.5 on, which kubeadm installs: without it a member that comes back forces an election.
    'ETCD_PRE_VOTE=true',
    'ETCD_HEARTBEAT_INTERVAL=100',
    'ETCD_ELECTION_TIMEOUT=1000',
    'ETCD_STRICT_RECONFIG_CHECK=true',
    'ETCD_AUTO_COMPACTION_MODE=periodic',
    'ETCD_AUTO_COMPACTION_RETENTION=1h',
    'ETCD_LOGGER=zap',
    'ETCD_LOG_OUTPUTS=stderr',
    '',
  ].join('\n');
}

/** As the kubelet would: whatever ends is started again. */
const etcdDropIn = ['[Unit]', 'StartLimitIntervalSec=0', '[Service]', 'Restart=always', 'RestartSec=1', ''].join('\n');

/** The unit of the stand-in API server, run by the host's own node binary, which is mounted into the machine. */
export function apiServerUnit(node: Named): string {
  return [
    '[Unit]',
    'Description=Stand-in Kubernetes API server of the k8s-ha lab',
    'After=network.target',
    'StartLimitIntervalSec=0',
    '',
    '[Service]',
    `Environment=NODE_NAME=${node.name} PKI_DIR=${guest.pki} ETCD=${loopbackEtcd(node)} PORT=6443`,
    `ExecStart=${guest.node} --max-old-space-size=64 ${guest.apiServer}/api-server.js`,
    'RuntimeDirectory=lab-api-server',
    'RuntimeDirectoryPreserve=yes',
    'Restart=always',
    'RestartSec=1',
    'TimeoutStopSec=15',
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}

/** All text files that make a Debian machine this node of the lab; `standIn`: with Debian's etcd and our API server. */
export function guestFiles(
  node: Named,
  nodes: readonly Named[],
  machineId: string,
  standIn = true,
): readonly GuestFile[] {
  return [
    { path: 'etc/hostname', content: `${node.name}\n`, mode: 0o644 },
    { path: 'etc/machine-id', content: `${machineId}\n`, mode: 0o444 },
    // By itself it is a fifth of the host's memory: gigabytes, which no machine of this size has there.
    { path: 'etc/fstab', content: 'tmpfs /run tmpfs mode=755,nosuid,nodev,size=400M 0 0\n', mode: 0o644 },
    {
      path: 'etc/hosts',
      content: [
        '127.0.0.1 localhost',
        ...nodes.flatMap(({ name, address, secondAddress }) =>
          [address, secondAddress].flatMap((each) => (each === undefined ? [] : [`${each} ${name}`])),
        ),
        '',
      ].join('\n'),
      mode: 0o644,
    },
    ...(standIn
      ? [
          { path: 'etc/default/etcd', content: etcdEnvironment(node, nodes), mode: 0o644 },
          { path: 'etc/systemd/system/etcd.service.d/lab.conf', content: etcdDropIn, mode: 0o644 },
          { path: 'etc/systemd/system/lab-api-server.service', content: apiServerUnit(node), mode: 0o644 },
        ]
      : []),
  ];
}

/** A client certificate that kubeadm gives every API server: they may refuse anonymous requests. The stand-in has none, and asks for none. */
const login = '/etc/kubernetes/pki/apiserver-kubelet-client';

/** Shell for a node: what its own API server answers to /readyz. */
export const readyzScript = `if [ -r ${login}.key ]; then set -- --cert ${login}.crt --key ${login}.key; else set --; fi
curl -sSk -m 3 "$@" https://127.0.0.1:6443/readyz 2>&1`;

/**
 * Shell for a node: waits until its API server, and through it its etcd, is ready. Ends with the last answer on standard
 * output when that takes longer than `timeoutMs`.
 */
export function waitReadyScript(timeoutMs: number): string {
  return `
up() { cut -d. -f1 /proc/uptime; }
end=$(($(up) + ${Math.ceil(timeoutMs / 1000)}))
while :; do
  answer=$(${readyzScript})
  [ "$answer" = ok ] && exit 0
  [ "$(up)" -ge "$end" ] && break
  sleep 0.1
done
echo "$answer"
exit 1`;
}
