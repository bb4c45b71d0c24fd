/** Kubernetes' own programs that a control plane and its operators need. */
export const kubernetesPrograms = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubeadm',
  'kubectl',
] as const;

/** etcd's; Debian's etcd is 3.4, and kubeadm's manifests have flags of 3.6. */
export const etcdPrograms = ['etcd', 'etcdctl'] as const;

export const requiredPrograms: readonly string[] = [...kubernetesPrograms, ...etcdPrograms];

/** What is built and downloaded when no version is named: the same as in lab/kubernetes/go.mod and lab/etcd/go.mod. */
export const pinned = { kubernetes: 'v1.36.3', etcd: 'v3.6.16', containerd: '2.1.9', runc: '1.3.7' } as const;

/** The minor version before, which clusters are upgraded from: the same as in lab/kubernetes-previous/go.mod. */
export const previousKubernetes = 'v1.35.4';

/** What can be built here: `1.35` means the pinned one of that minor version. */
export const buildable: readonly string[] = [pinned.kubernetes, previousKubernetes];

/** A set of programs on this host. */
export interface Binaries {
  readonly dir: string;
  /** Kubernetes' version as `v1.36.3`. */
  readonly version: string;
}

/** `1.36.3` or `v1.36.3` as Kubernetes writes it, also for `1.36` where that one is pinned; undefined for anything else. */
export function normalVersion(text: string): string | undefined {
  const minor = /^v?(1\.\d{1,3})$/.exec(text.trim())?.[1];
  if (minor !== undefined) return buildable.find((version) => version.startsWith(`v${minor}.`));
  const match = /^v?(1\.\d{1,3}\.\d{1,3}(?:-[0-9a-z.]+)?)$/.exec(text.trim());
  return match?.[1] === undefined ? undefined : `v${match[1]}`;
}

/**
 * Linker flags that make the programs tell their version, as hack/lib/version.sh of Kubernetes does. Without them a build of
 * the module says v0.0.0-master.
 */
export function versionFlags(version: string): string {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const settings = ['k8s.io/client-go/pkg/version', 'k8s.io/component-base/version'].flatMap((module) =>
    Object.entries(values).map(([key, value]) => `-X ${module}.${key}=${value}`),
  );
  return ['-s', '-w', ...settings].join(' ');
}
