import { mkdir } from 'node:fs/promises';
import { removeImagesExcept, withImages } from './base/cache.ts';
import { createCertificates } from './certificates.ts';
import { containerImage, isStore, type ContainerImage } from './base/container-image.ts';
import type { BinariesOptions } from './kubernetes/binaries.ts';
import { findBinaries } from './kubernetes/binaries.ts';
import { bindAdmins, createKubernetes } from './kubernetes/create.ts';
import { baseImage } from './base/image.ts';
import { findMachinePrograms, upgradeFolder } from './kubernetes/machine-programs.ts';
import { pinned, previousKubernetes, type Binaries } from './kubernetes/releases.ts';
import { clientMember, namespaceOf, nodeNames, workerNames } from './names.ts';
import { clientAddresses, createNetwork, nodeAddresses, workerAddresses, type LabFamily } from './machine/network.ts';
import { labPaths } from './paths.ts';
import { bootNode, createNode } from './machine/power.ts';
import { all, type Runner } from './process.ts';
import { waitReady } from './machine/ready.ts';
import { createSsh } from './machine/ssh.ts';
import { imagesInUse, writeState, type LabState } from './state.ts';

interface CreateOptions {
  readonly nodes?: 3 | 5;
  readonly family?: LabFamily;
  readonly debian?: readonly string[];
  readonly extraSans?: readonly string[];
  readonly kubernetes?: KubernetesOptions;
  readonly kubeadm?: KubeadmOptions;
  readonly podman?: ContainerImage;
  readonly onProgress?: (text: string) => void;
}

/** Real Kubernetes instead of the stand-in. */
export interface KubernetesOptions extends Omit<BinariesOptions, 'onProgress'> {
  /** kubeadm's InitConfiguration and ClusterConfiguration for a node. */
  readonly configOf: (node: string) => string;
}

/** Machines on which kubeadm is to make the cluster, as on any others: they have no Kubernetes yet. */
export interface KubeadmOptions extends Omit<BinariesOptions, 'onProgress'> {
  /** Machines without a control plane. */
  readonly workers?: number;
}

function plannedState(
  lab: string,
  count: number,
  workers: number,
  family: LabFamily,
  debian: readonly string[],
  imageOf: (index?: number) => string,
  { kubernetes, machine, podman }: Pick<LabState, 'kubernetes' | 'machine' | 'podman'>,
): LabState {
  const { sshConfig, caFile } = labPaths(lab);
  const machines = [
    ...nodeNames(count).map((name, index) => ({ name, ...nodeAddresses(index, family) })),
    ...workerNames(workers).map((name, index) => ({ name, ...workerAddresses(index, family), worker: true as const })),
  ];
  return {
    name: lab,
    created: new Date().toISOString(),
    image: imageOf(),
    ready: false,
    nodes: machines.map((one, index) => ({
      ...one,
      ...(imageOf(index) !== imageOf() && { image: imageOf(index) }),
      namespace: namespaceOf(lab, one.name),
    })),
    client: { ...clientAddresses(family), namespace: namespaceOf(lab, clientMember) },
    family,
    ...(debian.length > 0 && { debian }),
    sshConfig,
    caFile,
    ...(kubernetes && { kubernetes }),
    ...(machine && { machine }),
    ...(podman && { podman }),
  };
}

/** What machines for kubeadm are given; those of the minor version before have the pinned one beside it, to be upgraded to. */
async function machineOf(
  runner: Runner,
  binaries: Binaries,
  onProgress: (text: string) => void,
): Promise<NonNullable<LabState['machine']>> {
  const programs = await findMachinePrograms(runner, binaries, onProgress);
  if (binaries.version !== previousKubernetes) return programs;
  const newer = await findBinaries(runner, { version: pinned.kubernetes, onProgress });
  return {
    ...programs,
    next: await upgradeFolder(runner, newer, await findMachinePrograms(runner, newer, onProgress)),
  };
}

/** Makes a lab from nothing. When it throws, what was begun is still there, for the caller to clear. */
export async function createLab(
  runner: Runner,
  {
    nodes: count = 3,
    family = 'ipv4',
    debian = [],
    extraSans = [],
    kubernetes,
    kubeadm,
    podman,
    onProgress = () => undefined,
  }: CreateOptions,
  apiServerDir: string,
): Promise<LabState> {
  const { lab } = runner;
  // First, because it can take minutes or fail for want of a network; the lab's own folder is made after it.
  const wanted = kubernetes ?? kubeadm;
  const binaries = wanted && (await findBinaries(runner, { ...wanted, onProgress }));
  const machine = kubeadm && binaries && (await machineOf(runner, binaries, onProgress));
  await mkdir(labPaths(lab).dir, { recursive: true, mode: 0o700 });
  const releases = debian.length === 0 ? [undefined] : debian;
  const state = await withImages(runner, onProgress, async () => {
    const images: string[] = [];
    for (const release of releases) images.push(await baseImage(runner, onProgress, release));
    const store = podman && (await containerImage(runner, onProgress, podman));
    const planned = plannedState(
      lab,
      count,
      kubeadm?.workers ?? 0,
      family,
      debian,
      (index = 0) => images[index % images.length] ?? '',
      {
        ...(binaries && { kubernetes: binaries }),
        ...(machine && { machine }),
        ...(podman && store !== undefined && { podman: { image: podman.image, store } }),
      },
    );
    await writeState(planned);
    const used = await imagesInUse();
    // What was replaced by a newer one goes; whoever needs no container image cannot know which is the newest.
    await removeImagesExcept((name) => used.includes(name) || (!podman && isStore(name)));
    return planned;
  });
  onProgress('Making keys, certificates and the network');
  await all([
    createSsh(runner, state.nodes),
    ...(wanted ? [] : [createCertificates(runner, state.nodes, extraSans)]),
    createNetwork(runner, state.client),
  ]);
  await all(state.nodes.map((node) => createNode(runner, state, node, apiServerDir)));
  if (kubernetes && binaries) {
    onProgress(`Kubernetes ${binaries.version}: certificates, kubeconfigs and manifests by kubeadm`);
    await createKubernetes(runner, { ...binaries, configOf: kubernetes.configOf }, state.nodes);
  }
  onProgress(`Booting ${state.nodes.length} machines`);
  await all(state.nodes.map((node) => bootNode(runner, state, node)));
  onProgress(`Waiting for ssh, ${machine ? 'containerd and its images' : 'etcd and the API servers'}`);
  await all(state.nodes.map((node) => waitReady(runner, state, node)));
  if (kubernetes) await bindAdmins(runner, state.nodes);
  const ready = { ...state, ready: true };
  await writeState(ready);
  return ready;
}
