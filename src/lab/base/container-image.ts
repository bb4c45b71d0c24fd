import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureImage, imageDir } from './cache.ts';
import type { GuestFile } from '../control-plane.ts';
import { aptHost, buildFailure } from './image.ts';
import { guest } from '../paths.ts';
import { problem, stop } from '../problem.ts';
import type { Runner } from '../process.ts';
import { buildPrefix, mmdebstrapArgv, type AptHost } from './recipe.ts';

/** A container image that the lab's machines should have. */
export interface ContainerImage {
  /** Its full name with tag. */
  readonly image: string;
  /** Its recipe, Containerfile(5): from `docker.io/library/debian:…-slim`, by itself or as the default of an argument. */
  readonly containerfile: string;
}

/** The image that a recipe is built on, and the Debian release in it; undefined when that is no Debian. */
export function baseOf(containerfile: string): { readonly name: string; readonly release: string } | undefined {
  const [, name, release] = /^(?:ARG \w+=|FROM )(\S+\/debian:([a-z]+)(?:-slim)?)$/m.exec(containerfile) ?? [];
  return name === undefined || release === undefined ? undefined : { name, release };
}

/** containers-storage.conf(5): where podman keeps images and containers, and what it remembers until the next boot. */
function storageConfig(graphroot: string, runroot: string, options = ''): string {
  return `[storage]\ndriver = "overlay"\ngraphroot = "${graphroot}"\nrunroot = "${runroot}"\n${options}`;
}

/**
 * Imports the base layer and builds the recipe on it. `$1`: folder with base.tar, Containerfile and storage.conf, `$2`: name of
 * the base, `$3`: name of the image; then more options of podman-build(1). No network and no cgroup is made: RUN works in the
 * host's network. The host's podman sees nothing: the stores that it is told to use are not for this one, and below the folders
 * that every podman uses, for locks and a cache, lie empty ones of this mount namespace.
 */
const script = `set -eu
for dir in /var/lib/containers /dev/shm; do
  mkdir -p $dir
  mount -t tmpfs k8s-ha-lab $dir
done
export CONTAINERS_STORAGE_CONF="$1/storage.conf"
pod() { podman --tmpdir /var/lib/containers/tmp --events-backend none "$@"; }
work=$1 base=$2 image=$3; shift 3
mkdir "$work/context"
pod import "$work/base.tar" "$base"
# podman 5 would raise these limits to a million each, which a build without a runtime may not.
pod build --isolation=chroot --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 --network=host --pull=never \\
  --tag "$image" --file "$work/Containerfile" "$@" "$work/context"
`;

const storePrefix = 'containers-';

/** True for names of stores, in the cache where base images are too. */
export function isStore(name: string): boolean {
  return name.startsWith(storePrefix);
}

/** Names the store in the cache: equal recipes from equal sources share one. */
export function storeName(host: AptHost, wanted: ContainerImage): string {
  const decides = [host, wanted, script, mmdebstrapArgv(host, [], '')];
  return `${storePrefix}${createHash('sha256').update(JSON.stringify(decides)).digest('hex').slice(0, 16)}`;
}

/** The folder that nodes see of a store. */
export function sharedStore(name: string): string {
  return join(imageDir(name), 'storage');
}

/**
 * Makes sure that there is a store with the image, and names it. The caller holds the images. Registries are not asked: the base
 * is made of the host's own mirrors, with their sources in it, and everything above it by `podman build` as a user does.
 */
export async function containerImage(
  runner: Runner,
  progress: (text: string) => void,
  wanted: ContainerImage,
): Promise<string> {
  const base = baseOf(wanted.containerfile);
  if (!base)
    throw stop(problem('containerfile', `the recipe of ${wanted.image} does not start from an image of Debian`));
  const host = await aptHost(runner, base.release);
  const name = storeName(host, wanted);
  await ensureImage(runner, name, async (dir) => {
    progress(`Building the container image ${wanted.image} (once, about half a minute)`);
    const work = join(dir, 'work');
    await mkdir(work, { recursive: true });
    await writeFile(join(work, 'Containerfile'), wanted.containerfile);
    await writeFile(join(work, 'storage.conf'), storageConfig(join(dir, 'storage'), '/var/lib/containers/run'));
    // The base has no certificates of its own; Debian's mirrors need none unless the host says so.
    const certificates = host.sources.some((line) => line.includes(' https://'))
      ? ['--volume=/etc/ssl/certs:/etc/ssl/certs:ro']
      : [];
    const tar = mmdebstrapArgv(host, ['--format=tar'], join(work, 'base.tar'));
    for (const argv of [tar, ['sh', '-c', script, 'sh', work, base.name, wanted.image, ...certificates]]) {
      const input = `${host.sources.join('\n')}\n`;
      const ran = await runner.run([...buildPrefix, ...argv], { input, timeoutMs: 15 * 60_000 });
      if (ran.rc !== 0) throw buildFailure('container image', ran.stderr);
    }
    await rm(work, { recursive: true });
  });
  return name;
}

/** A node's configuration of podman: its own storage with the shared store below it. */
export const podmanFiles: readonly GuestFile[] = [
  {
    path: 'etc/containers/storage.conf',
    content: storageConfig(
      '/var/lib/containers/storage',
      '/run/containers/storage',
      `\n[storage.options]\nadditionalimagestores = ["${guest.containers}"]\n`,
    ),
    mode: 0o644,
  },
  {
    // The host may have cgroups of version 1, which a real machine with podman 5 does not.
    path: 'etc/containers/containers.conf.d/lab.conf',
    content: '[engine]\nenv = ["PODMAN_IGNORE_CGROUPSV1_WARNING=1"]\n',
    mode: 0o644,
  },
];
