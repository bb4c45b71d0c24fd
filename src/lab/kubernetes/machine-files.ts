import { stringify } from 'yaml';
import type { GuestFile } from '../control-plane.ts';
import type { Addressed } from '../machine/network.ts';
import { guest } from '../paths.ts';

interface Named extends Addressed {
  readonly name: string;
}

/** Programs of a machine that are in its PATH, in the folders that it sees of the host. */
export const machineTools = {
  [guest.kubernetes]: ['kubeadm', 'kubectl', 'etcdctl'],
  [guest.machine]: ['kubelet', 'containerd', 'containerd-shim-runc-v2', 'ctr', 'runc'],
} as const;

/**
 * What a machine of the lab needs before kubeadm finds a real one, once at boot. systemd-nspawn mounts the hierarchies of control
 * groups read-only, and runc makes groups in them. The kubelet wants its own values of some sysctls that belong to the host: it
 * finds files in their places, and the host's stay. It reads /dev/kmsg, which a container has not.
 */
const prepareScript = `#!/bin/sh
for dir in /sys/fs/cgroup /sys/fs/cgroup/*; do
  mountpoint -q "$dir" && mount -o remount,rw,bind "$dir"
done
[ -e /dev/kmsg ] || ln -s /dev/null /dev/kmsg
mkdir -p /run/lab-sysctl
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  name=\${setting%%=*}
  file=/run/lab-sysctl/$(echo "$name" | tr / .)
  echo "\${setting#*=}" >"$file"
  mount --bind "$file" "/proc/sys/$name"
done
mount --make-rshared /
echo 1 >/proc/sys/net/ipv4/ip_forward
. /etc/lab/pod-routes
`;

/** The network of a machine's pods: 10.244.1.0/24 for the first. */
export function podSubnet(index: number): string {
  return `10.244.${index + 1}.0/24`;
}

/** Commands by which a machine reaches the pods of all others: no daemon has to find that out. */
export function podRoutes(nodes: readonly Named[], self: string): string {
  return nodes
    .map(({ name, address }, index) =>
      name === self ? '' : `ip route replace ${podSubnet(index)} via ${address} dev eth0\n`,
    )
    .join('');
}

/** The reference plugins on a bridge of the machine's own. */
function cniConfig(index: number): string {
  return `${JSON.stringify(
    {
      cniVersion: '1.0.0',
      name: 'lab',
      plugins: [
        {
          type: 'bridge',
          bridge: 'cni0',
          isDefaultGateway: true,
          hairpinMode: true,
          ipam: { type: 'host-local', ranges: [[{ subnet: podSubnet(index) }]] },
        },
        { type: 'portmap', capabilities: { portMappings: true } },
      ],
    },
    undefined,
    2,
  )}\n`;
}

/**
 * containerd's configuration. Images and containers are on a real file system, because the machine's disk is an overlay. Control
 * groups and AppArmor are the host's.
 */
function containerdConfig(pauseImage: string): string {
  return `version = 3
root = '/var/lib/containers/containerd'

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = '${pauseImage}'

[plugins.'io.containerd.cri.v1.runtime']
  disable_cgroup = true
  disable_apparmor = true
  restrict_oom_score_adj = true
`;
}

/** What the kubelet of a machine in a container must not ask for; kubeadm's own configuration of it stays as it is elsewhere. */
const kubeletDropIn = stringify({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  cgroupDriver: 'cgroupfs',
  cgroupsPerQOS: false,
  enforceNodeAllocatable: ['none'],
  // The lab's host may have control groups of version 1.
  failCgroupV1: false,
  failSwapOn: false,
  localStorageCapacityIsolation: false,
  featureGates: { KubeletInUserNamespace: true },
});

const kubeletFolder = '/etc/lab/kubelet.conf.d';

/** As Kubernetes' packages have it. */
const kubeletUnit = `[Unit]
Description=kubelet: The Kubernetes Node Agent
After=lab-machine.service containerd.service
Wants=containerd.service
StartLimitIntervalSec=0

[Service]
Environment=KUBELET_KUBECONFIG_ARGS="--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment=KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=/usr/local/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
Restart=always
RestartSec=10

[Install]
WantedBy=multi-user.target
`;

const machineUnit = `[Unit]
Description=What a machine of the k8s-ha lab needs before pods can run
DefaultDependencies=no
After=local-fs.target
Before=containerd.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/etc/lab/prepare

[Install]
WantedBy=multi-user.target
`;

const containerdUnit = `[Unit]
Description=containerd
After=lab-machine.service
Requires=lab-machine.service

[Service]
ExecStart=/usr/local/bin/containerd
Type=notify
Delegate=yes
KillMode=process
Restart=always
RestartSec=1
LimitNOFILE=infinity

[Install]
WantedBy=multi-user.target
`;

/** Images of a control plane, at the first boot: no registry can be reached. */
const imagesUnit = `[Unit]
Description=Images of Kubernetes for this machine of the k8s-ha lab
After=containerd.service
Requires=containerd.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/etc/lab/import-images

[Install]
WantedBy=multi-user.target
`;

const importScript = `#!/bin/sh
[ -e /var/lib/containers/imported ] && exit 0
for archive in ${guest.machine}/images/*.tar; do
  ctr --namespace k8s.io images import --local --no-unpack "$archive" || exit
done
touch /var/lib/containers/imported
`;

function unit(name: string, content: string): GuestFile {
  return { path: `etc/systemd/system/${name}.service`, content, mode: 0o644 };
}

/** All text files by which a Debian machine becomes one that kubeadm can make a node of. */
export function machineFiles(node: Named, nodes: readonly Named[], pauseImage: string): readonly GuestFile[] {
  const index = nodes.findIndex(({ name }) => name === node.name);
  return [
    { path: 'etc/lab/prepare', content: prepareScript, mode: 0o755 },
    { path: 'etc/lab/import-images', content: importScript, mode: 0o755 },
    { path: 'etc/lab/pod-routes', content: podRoutes(nodes, node.name), mode: 0o644 },
    { path: 'etc/cni/net.d/10-lab.conflist', content: cniConfig(index), mode: 0o644 },
    { path: 'etc/containerd/config.toml', content: containerdConfig(pauseImage), mode: 0o644 },
    { path: `${kubeletFolder.slice(1)}/90-lab.conf`, content: kubeletDropIn, mode: 0o644 },
    { path: 'etc/default/kubelet', content: `KUBELET_EXTRA_ARGS=--config-dir=${kubeletFolder}\n`, mode: 0o644 },
    unit('lab-machine', machineUnit),
    unit('containerd', containerdUnit),
    unit('kubelet', kubeletUnit),
    unit('lab-images', imagesUnit),
  ];
}

/** Units that start at boot. */
export const machineUnits = ['lab-machine', 'containerd', 'kubelet', 'lab-images'] as const;
