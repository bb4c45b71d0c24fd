import { createHash } from 'node:crypto';
import { link, mkdir, readFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../lock.ts';
import { problem, stop } from '../problem.ts';
import type { Runner } from '../process.ts';
import { ensureFolder } from './binaries.ts';
import { buildKey, buildPrograms, hasGo, kubernetesTarget, previousModule, type Target } from './build.ts';
import { buildImages } from './images.ts';
import { buildable, pinned, type Binaries } from './releases.ts';

/** Built without cgo they would do as well, but runc needs it: for seccomp, and to enter namespaces. */
const plain = '-s -w';
const alone = '-s -w -extldflags -static';
const containerdTags = 'no_btrfs,no_devmapper,no_zfs';

/** What a machine needs to run pods, and what images have besides a control plane's programs. Smallest first: a build that cannot work fails early. */
const runtimeTargets: readonly Target[] = [
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
];

function targetsOf(version: string): readonly Target[] {
  return [...runtimeTargets, kubernetesTarget('kubelet', version, kubeletModule(version))];
}

function kubeletModule(version: string): string {
  return version === pinned.kubernetes ? 'kubelet' : previousModule;
}

function cniPlugin(kind: string, plugin: string): Target {
  return {
    program: `cni/${plugin}`,
    module: 'cni',
    path: `github.com/containernetworking/plugins/plugins/${kind}/${plugin}`,
    flags: plain,
  };
}

function sourcesOf(version: string): readonly string[] {
  return [...new Set(['kubelet', kubeletModule(version), 'containerd', 'runc', 'cni', 'etcdutl'])]
    .flatMap((module) => [`${module}/go.mod`, `${module}/go.sum`])
    .concat('kubelet/pause/main.go');
}

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
  const targets = targetsOf(binaries.version);
  const key = await buildKey(runner, sourcesOf(binaries.version), [targets, await identityOf(binaries)]);
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

/** What an operator puts on machines without a registry to upgrade them: programs and images of one version in one folder. */
export interface UpgradeFolder {
  readonly version: string;
  readonly dir: string;
}

/** Made of what was built, as links to the same files. */
export async function upgradeFolder(
  runner: Runner,
  binaries: Binaries,
  { dir: machine }: MachinePrograms,
): Promise<UpgradeFolder> {
  const name = `${binaries.version}-upgrade-${createHash('sha256').update(`${binaries.dir} ${machine}`).digest('hex').slice(0, 12)}`;
  const dir = await withLock(
    'kubernetes',
    async () =>
      ensureFolder(name, async (unfinished) => {
        const images = join(machine, 'images');
        const archives = (await readdir(images)).filter((file) => file.endsWith('.tar'));
        await mkdir(join(unfinished, 'images'), { recursive: true });
        for (const [from, to] of [
          ...(['kubeadm', 'kubectl'] as const).map((program) => [join(binaries.dir, program), program] as const),
          [join(machine, 'kubelet'), 'kubelet'] as const,
          ...archives.map((file) => [join(images, file), join('images', file)] as const),
        ]) {
          await rm(join(unfinished, to), { force: true });
          await link(from, join(unfinished, to));
        }
      }),
    { signal: runner.signal },
  );
  return { version: binaries.version, dir };
}

/** The images have these very programs in them. */
async function identityOf({ dir, version }: Binaries): Promise<string> {
  const { mtimeMs, size } = await stat(join(dir, 'kube-apiserver'));
  return createHash('sha256').update(`${dir} ${version} ${mtimeMs} ${size}`).digest('hex');
}

async function needed(runner: Runner, { version }: Binaries): Promise<void> {
  if (!buildable.includes(version))
    throw stop(
      problem(
        'kubernetes-version',
        `machines for kubeadm can be made of ${buildable.join(' and ')} only, not ${version}`,
        {
          reason: 'The kubelet and its container runtime are built from pinned modules.',
          suggestion: 'Name one of these, or leave the version out.',
        },
      ),
    );
  if (!(await hasGo(runner)))
    throw stop(
      problem('no-go', 'container runtime and kubelet cannot be built: there is no Go toolchain', {
        suggestion: 'Install Go 1.26 or newer.',
      }),
    );
}
