import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureImage, imageDir } from './cache.ts';
import type { GuestFile } from './control-plane.ts';
import { aptHost, buildFailure } from './image.ts';
import { guest } from './paths.ts';
import { problem, stop } from './problem.ts';
import type { Runner } from './process.ts';
import { buildPrefix, mmdebstrapArgv, type AptHost } from './recipe.ts';

/** A container image that the lab's machines shall have. */
export interface ContainerImage {
  /** Its full name with tag. */
  readonly image: string;
  /** Its recipe, Containerfile(5): from `docker.io/library/debian:…-slim`, by itself or as the default of an argument. */
  readonly containerfile: string;
}

/** The image that a recipe is built on, and the Debian release in it; undefined when that is no Debian. */
export const baseOf = (containerfile: string): { readonly name: string; readonly release: string } | undefined => {
  const [, name, release] = /^(?:ARG \w+=|FROM )(\S+\/debian:([a-z]+)(?:-slim)?)$/m.exec(containerfile) ?? [];
  return name === undefined || release === undefined ? undefined : { name, release };
};

/**
 * Imports the base layer and builds the recipe on it. `$1`: folder with base.tar and Containerfile, `$2`: store, `$3`: name of
 * the base, `$4`: name of the image. No network and no cgroup is made: RUN works in the host's network. Below the folders that
 * podman uses whatever it is told, locks and a cache, lie empty ones of this mount namespace: the host's podman sees nothing.
 */
const script = `set -eu
for dir in /var/lib/containers /dev/shm; do
  mkdir -p $dir
  mount -t tmpfs k8s-ha-lab $dir
done
pod() {
  podman --root "$store" --runroot /var/lib/containers/run --tmpdir /var/lib/containers/tmp --storage-driver overlay --events-backend none "$@"
}
work=$1 store=$2
mkdir "$work/context"
pod import "$work/base.tar" "$3"
pod build --isolation=chroot --network=host --pull=never --tag "$4" --file "$work/Containerfile" "$work/context"
`;

const storePrefix = 'containers-';

/** True for names of stores, in the cache where base images are too. */
export const isStore = (name: string): boolean => name.startsWith(storePrefix);

/** Names the store in the cache: equal recipes from equal sources share one. */
export const storeName = (host: AptHost, wanted: ContainerImage): string => {
  const decides = [host, wanted, script, mmdebstrapArgv(host, [], '')];
  return `${storePrefix}${createHash('sha256').update(JSON.stringify(decides)).digest('hex').slice(0, 16)}`;
};

/** The folder that nodes see of a store. */
export const sharedStore = (name: string): string => join(imageDir(name), 'storage');

/**
 * Makes sure that there is a store with the image, and names it. The caller holds the images. Registries are not asked: the base
 * is made of the host's own mirrors, with their sources in it, and everything above it by `podman build` as a user does.
 */
export const containerImage = async (
  runner: Runner,
  progress: (text: string) => void,
  wanted: ContainerImage,
): Promise<string> => {
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
    const tar = mmdebstrapArgv(host, ['--format=tar'], join(work, 'base.tar'));
    for (const argv of [tar, ['sh', '-c', script, 'sh', work, join(dir, 'storage'), base.name, wanted.image]]) {
      const input = `${host.sources.join('\n')}\n`;
      const ran = await runner.run([...buildPrefix, ...argv], { input, timeoutMs: 15 * 60_000 });
      if (ran.rc !== 0) throw buildFailure('container image', ran.stderr);
    }
    await rm(work, { recursive: true });
  });
  return name;
};

/** containers-storage.conf(5) of a node: its own storage, and the shared store below it. */
export const storageConfig: GuestFile = {
  path: 'etc/containers/storage.conf',
  content: `[storage]
driver = "overlay"
graphroot = "/var/lib/containers/storage"
runroot = "/run/containers/storage"

[storage.options]
additionalimagestores = ["${guest.containers}"]
`,
  mode: 0o644,
};
