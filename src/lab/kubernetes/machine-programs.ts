import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../lock.ts';
import { problem, stop } from '../problem.ts';
import type { Runner } from '../process.ts';
import { ensureFolder } from './binaries.ts';
import { buildKey, buildPrograms, hasGo, type Target } from './build.ts';
import { buildImages } from './images.ts';
import { pinned, versionFlags, type Binaries } from './releases.ts';

/** Built without cgo they would do as well, but runc needs it: for seccomp, and to enter namespaces. */
const plain = '-s -w';
const alone = '-s -w -extldflags -static';
const containerdTags = 'no_btrfs,no_devmapper,no_zfs';

/** What a machine needs to run pods, and what images have besides a control plane's programs. Smallest first: a build that cannot work fails early. */
const targets: readonly Target[] = [
  { program: 'pause', module: 'kubelet', path: './pause', flags: alone },
  // Static, as in the image of Kubernetes: it is run from there and from the machine alike.
  { program: 'etcdutl', module: 'etcdutl', path: 'go.etcd.io/etcd/etcdutl/v3', flags: alone, tags: 'netgo,osusergo' },
  ...(['loopback', 'bridge', 'ptp'] as const).map((plugin): Target => cniPlugin('main', plugin)),
  cniPlugin('ipam', 'host-local'),
  cniPlugin('meta', 'portmap'),
  {
    program: 'runc',
    module: 'runc',
    path: 'github.com/opencontainers/runc',
    flags: `-s -w -extldflags -static -X main.version=${pinned.runc}`,
    tags: 'seccomp,netgo,osusergo',
  },
  ...(['ctr', 'containerd-shim-runc-v2', 'containerd'] as const).map((program): Target => ({
    program,
    module: 'containerd',
    path: `github.com/containerd/containerd/v2/cmd/${program}`,
    // The kubelet asks for this version, and refuses one that is none.
    flags: `-s -w -X github.com/containerd/containerd/v2/version.Version=v${pinned.containerd}`,
    tags: containerdTags,
  })),
  {
    program: 'kubelet',
    module: 'kubelet',
    path: 'k8s.io/kubernetes/cmd/kubelet',
    flags: versionFlags(pinned.kubernetes),
  },
];

function cniPlugin(kind: string, plugin: string): Target {
  return {
    program: `cni/${plugin}`,
    module: 'cni',
    path: `github.com/containernetworking/plugins/plugins/${kind}/${plugin}`,
    flags: plain,
  };
}

const sources = ['kubelet', 'containerd', 'runc', 'cni', 'etcdutl']
  .flatMap((module) => [`${module}/go.mod`, `${module}/go.sum`])
  .concat('kubelet/pause/main.go');

/** A container runtime, a kubelet and CNI plugins, with the images of a control plane: folders on this host. */
export interface MachinePrograms {
  /** `kubelet`, `containerd`, `runc`, …, CNI plugins in `cni/`, archives of images in `images/`. */
  readonly dir: string;
  /** The pause image's name: containerd keeps it, and starts every pod from it. */
  readonly pauseImage: string;
}

/**
 * What machines need besides a control plane's programs, so that kubeadm can make a cluster of them: built once from pinned Go
 * modules, and kept. The images are made of the control plane's programs.
 * @throws findings (problem.ts) that say what is missing and what can be done
 */
export async function findMachinePrograms(
  runner: Runner,
  binaries: Binaries,
  onProgress: (text: string) => void,
): Promise<MachinePrograms> {
  await needed(runner, binaries);
  const key = await buildKey(runner, sources, [targets, await identityOf(binaries)]);
  const name = `${binaries.version}-machine-${key}`;
  const onWait = (pid: string): void => onProgress(`Waiting for process ${pid}, which fetches or builds Kubernetes`);
  const dir = await withLock(
    'kubernetes',
    async () =>
      ensureFolder(name, async (unfinished) => {
        await mkdir(join(unfinished, 'cni'), { recursive: true });
        await buildPrograms(runner, unfinished, onProgress, targets);
        await buildImages(runner, binaries, unfinished, onProgress);
      }),
    { signal: runner.signal, onWait },
  );
  return { dir, pauseImage: (await readFile(join(dir, 'images', 'pause'), 'utf8')).trim() };
}

/** The images have these very programs in them. */
async function identityOf({ dir, version }: Binaries): Promise<string> {
  const { mtimeMs, size } = await stat(join(dir, 'kube-apiserver'));
  return createHash('sha256').update(`${dir} ${version} ${mtimeMs} ${size}`).digest('hex');
}

async function needed(runner: Runner, { version }: Binaries): Promise<void> {
  if (version !== pinned.kubernetes)
    throw stop(
      problem('kubernetes-version', `machines for kubeadm can be made of ${pinned.kubernetes} only, not ${version}`, {
        reason: 'The kubelet and its container runtime are built from pinned modules.',
        suggestion: 'Leave the version out.',
      }),
    );
  if (!(await hasGo(runner)))
    throw stop(
      problem('no-go', 'container runtime and kubelet cannot be built: there is no Go toolchain', {
        suggestion: 'Install Go 1.26 or newer.',
      }),
    );
}
