import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Runner } from '../process.ts';
import { words } from '../words.ts';
import type { Binaries } from './releases.ts';

/** Which programs an image has, the one that it runs first, by the last word of its name; kubeadm names the images. */
const programsOf: Readonly<Record<string, readonly string[]>> = {
  'kube-apiserver': ['kube-apiserver'],
  'kube-controller-manager': ['kube-controller-manager'],
  'kube-scheduler': ['kube-scheduler'],
  etcd: ['etcd', 'etcdctl', 'etcdutl'],
  pause: ['pause'],
};

/** Built with what a machine needs, and not with a control plane's programs. */
const ofMachine = new Set(['pause', 'etcdutl']);

/**
 * Makes the images that a control plane runs of, each an archive as `docker save` writes it: one layer with the programs and the
 * libraries that they are linked to. No registry is asked. Images that nothing here is built for (CoreDNS, kube-proxy) are left out.
 * `images/pause` has the name of the pause image.
 */
export async function buildImages(
  runner: Runner,
  { dir, version }: Binaries,
  target: string,
  onProgress: (text: string) => void,
): Promise<void> {
  const images = join(target, 'images');
  await mkdir(images, { recursive: true });
  const listed = await runner.must('list the images', [
    join(dir, 'kubeadm'),
    ...words(`config images list --kubernetes-version ${version}`),
  ]);
  for (const image of listed.trim().split('\n')) {
    const name = basename(image).replace(/:.*/, '');
    const programs = programsOf[name];
    if (programs === undefined) continue;
    onProgress(`Making the image ${image}`);
    const binaries = programs.map((program) => join(ofMachine.has(program) ? target : dir, program));
    await buildImage(runner, image, binaries, join(images, `${name}.tar`));
    if (name === 'pause') await writeFile(join(images, 'pause'), `${image}\n`);
  }
}

async function buildImage(runner: Runner, image: string, binaries: readonly string[], archive: string): Promise<void> {
  const work = `${archive}.work`;
  const [root, parts] = [join(work, 'root'), join(work, 'parts')];
  await mkdir(parts, { recursive: true });
  const programs = binaries.map((binary) => [binary, join('/usr/local/bin', basename(binary))] as const);
  const libraries = await Promise.all(binaries.map(async (binary) => librariesOf(runner, binary)));
  for (const [from, to] of [...programs, ...libraries.flat()]) {
    await mkdir(join(root, dirname(to)), { recursive: true });
    await cp(from, join(root, to), { dereference: true });
  }
  // The same files make the same image: no time, no owner.
  const same = words('--sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner');
  const pack = (from: string, file: string): Promise<string> =>
    runner.must('pack an image', ['tar', '--create', ...same, `--file=${file}`, `--directory=${from}`, '.'], {
      timeoutMs: 120_000,
    });
  const layer = join(parts, 'layer.tar');
  await pack(root, layer);
  const config = JSON.stringify({
    architecture: goArchitecture,
    os: 'linux',
    config: {
      Env: ['PATH=/usr/local/bin:/usr/bin:/bin'],
      Entrypoint: programs.slice(0, 1).map(([, program]) => program),
    },
    rootfs: { type: 'layers', diff_ids: [`sha256:${await sha256Of(layer)}`] },
  });
  const configName = `${createHash('sha256').update(config).digest('hex')}.json`;
  await writeFile(join(parts, configName), config);
  await writeFile(
    join(parts, 'manifest.json'),
    JSON.stringify([{ Config: configName, RepoTags: [image], Layers: ['layer.tar'] }]),
  );
  await pack(parts, join(work, 'archive'));
  await rename(join(work, 'archive'), archive);
  await rm(work, { recursive: true });
}

const goArchitecture = process.arch === 'x64' ? 'amd64' : process.arch;

/** Libraries that a program is linked to, and the loader that is named in it; none of one that stands alone. */
async function librariesOf(runner: Runner, binary: string): Promise<readonly (readonly [string, string])[]> {
  const linked = await runner.run(['ldd', binary]);
  return linked.rc === 0 ? libraryPaths(linked.stdout).map((path) => [path, path] as const) : [];
}

/** Paths in what ldd(1) prints: `libc.so.6 => /lib/… (0x…)`, and the loader by itself. */
export function libraryPaths(text: string): readonly string[] {
  return [...text.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map(([, path = '']) => path);
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
