import { join } from 'node:path';

/**
 * Everything that the lab keeps is below one folder, readable by root alone. `K8S_HA_LAB_DIR` moves it, for machines whose
 * /var/lib cannot carry an overlay.
 */
export function labHome(): string {
  return process.env['K8S_HA_LAB_DIR'] ?? '/var/lib/k8s-ha-lab';
}

export function imagesDir(): string {
  return join(labHome(), 'images');
}

export function labsDir(): string {
  return join(labHome(), 'labs');
}

export function labDir(lab: string): string {
  return join(labsDir(), lab);
}

/** Where `ip netns` keeps named network namespaces. */
export const netnsDir = '/run/netns';

/** Files of one lab, by what they are for. */
export function labPaths(lab: string) {
  const dir = labDir(lab);
  return {
    dir,
    state: join(dir, 'state.json'),
    sshDir: join(dir, 'ssh'),
    sshConfig: join(dir, 'ssh', 'config'),
    /** For what runs in the lab's client. */
    sshConfigInClient: join(dir, 'ssh', 'config-in-client'),
    sshKey: join(dir, 'ssh', 'id_ed25519'),
    knownHosts: join(dir, 'ssh', 'known_hosts'),
    pkiDir: join(dir, 'pki'),
    caFile: join(dir, 'pki', 'ca.crt'),
    caKey: join(dir, 'pki', 'ca.key'),
    /** kubeadm's admin.conf, in a lab with real Kubernetes: its server is the VIP. */
    kubeconfig: join(dir, 'admin.conf'),
  } as const;
}

/** Files of one machine: an overlay's three folders, podman's storage, and what its console said. */
export function nodePaths(lab: string, node: string) {
  const dir = join(labDir(lab), 'nodes', node);
  return {
    dir,
    upper: join(dir, 'upper'),
    work: join(dir, 'work'),
    root: join(dir, 'root'),
    containers: join(dir, 'containers'),
    console: join(dir, 'console.log'),
  } as const;
}

/** Where the lab's own things are inside a machine; everything else there is plain Debian. */
export const guest = {
  node: '/opt/k8s-ha-lab/bin/node',
  apiServer: '/opt/k8s-ha-lab/api-server',
  debs: '/opt/k8s-ha-lab/debs',
  kubernetes: '/opt/k8s-ha-lab/kubernetes',
  /** Container runtime, kubelet, CNI plugins and images, where kubeadm is to make the cluster. */
  machine: '/opt/k8s-ha-lab/machine',
  /** Programs and images of the version that the machines can be upgraded to. */
  next: '/opt/k8s-ha-lab/next',
  /** Store of container images that the nodes share, read-only. */
  containers: '/opt/k8s-ha-lab/containers',
  pki: '/etc/kubernetes/pki',
} as const;
