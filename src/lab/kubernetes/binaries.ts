import { access, constants, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../lock.ts';
import { labHome } from '../paths.ts';
import { problem, stop } from '../problem.ts';
import type { Runner } from '../process.ts';
import { words } from '../words.ts';
import { buildControlPlane, controlPlaneKey, hasGo } from './build.ts';
import { download } from './download.ts';
import {
  buildable,
  etcdPrograms,
  kubernetesPrograms,
  normalVersion,
  pinned,
  requiredPrograms,
  type Binaries,
} from './releases.ts';

export type BinarySource = 'auto' | 'release' | 'go';

export interface BinariesOptions {
  /** As the operator says it; the pinned version when absent. */
  readonly version?: string | undefined;
  /** A folder that has all programs; nothing is fetched or built then. */
  readonly dir?: string | undefined;
  /** `auto`: what is cached, else the Go module, whose sums are pinned here, else the release, which its own server vouches for. */
  readonly from?: BinarySource | undefined;
  readonly onProgress: (text: string) => void;
}

function cacheDir(): string {
  return join(labHome(), 'kubernetes');
}

function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Those of the required programs that a folder does not have. */
export async function missingPrograms(dir: string): Promise<readonly string[]> {
  const there = await Promise.all(requiredPrograms.map((name) => isProgram(join(dir, name))));
  return requiredPrograms.filter((_, i) => there[i] !== true);
}

/**
 * Kubernetes' programs for the lab: from a folder that the operator names, built from the pinned Go module, or from a release
 * (every file is checked by the SHA-256 that its server has); the last two once, and kept.
 * @throws findings (problem.ts) that say what is missing and what can be done
 */
export async function findBinaries(runner: Runner, options: BinariesOptions): Promise<Binaries> {
  const { from = 'auto', onProgress } = options;
  if (options.dir !== undefined) return folder(runner, options.dir);
  const version = options.version === undefined ? pinned.kubernetes : normalVersion(options.version);
  if (version === undefined)
    throw stop(
      problem('kubernetes-version', `"${options.version}" is not a version of Kubernetes`, {
        suggestion: `Write it as ${pinned.kubernetes}, or leave it out.`,
      }),
    );
  const onWait = (pid: string): void => onProgress(`Waiting for process ${pid}, which fetches or builds Kubernetes`);
  return withLock('kubernetes', () => cachedOrMade(runner, version, from, onProgress), {
    signal: runner.signal,
    onWait,
  });
}

async function folder(runner: Runner, dir: string): Promise<Binaries> {
  const missing = await missingPrograms(dir);
  if (missing.length > 0)
    throw stop(
      problem('binaries', `${dir} lacks ${missing.join(', ')}`, {
        reason: `A control plane needs ${requiredPrograms.join(', ')}.`,
        suggestion:
          'Put them there, or leave the folder out (also KUBEBUILDER_ASSETS) and let the lab fetch or build them.',
      }),
    );
  const said = await runner.must('ask for the version', [join(dir, 'kube-apiserver'), '--version']);
  return { dir, version: normalVersion(said.replace(/^Kubernetes /, '')) ?? said.trim() };
}

async function cachedOrMade(
  runner: Runner,
  version: string,
  from: BinarySource,
  onProgress: (text: string) => void,
): Promise<Binaries> {
  const go = from !== 'release' && buildable.includes(version) && (await hasGo(runner));
  const names = {
    release: `${version}-release`,
    go: go ? `${version}-go-${await controlPlaneKey(runner, version)}` : undefined,
  };
  const sources = (['go', 'release'] as const).filter((source) => from === 'auto' || from === source);
  for (const source of sources) {
    const name = names[source];
    if (name !== undefined && (await missingPrograms(join(cacheDir(), name))).length === 0)
      return { dir: join(cacheDir(), name), version };
  }
  if (from === 'go' && names.go === undefined)
    throw stop(
      buildable.includes(version)
        ? problem('no-go', 'Kubernetes cannot be built: there is no Go toolchain', {
            suggestion: 'Install Go 1.26 or newer.',
          })
        : problem(
            'kubernetes-version',
            `only ${buildable.join(' and ')} can be built here, and ${version} is asked for`,
            {
              suggestion: 'Name one of these, or fetch the release: --from release.',
            },
          ),
    );
  if (names.go !== undefined)
    return { dir: await make(names.go, (dir) => buildControlPlane(runner, version, dir, onProgress)), version };
  onProgress('The release is checked by the sums of its own server alone: nothing here pins it');
  return {
    dir: await make(names.release, (dir) => fetchRelease(version, dir, runner.signal, onProgress)),
    version,
  };
}

/** A folder of the cache, made where it is not there yet. The caller holds the lock. */
export async function ensureFolder(name: string, fill: (dir: string) => Promise<void>): Promise<string> {
  const dir = join(cacheDir(), name);
  return (await isFolder(dir)) ? dir : make(name, fill);
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Makes a folder of programs under another name and renames it when it is whole; what a download left is gone on with. */
async function make(name: string, fill: (dir: string) => Promise<void>): Promise<string> {
  const dir = join(cacheDir(), name);
  const unfinished = join(cacheDir(), `.unfinished-${name}`);
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  await fill(unfinished);
  await rm(dir, { recursive: true, force: true });
  await rename(unfinished, dir);
  await removeOthers(name);
  return dir;
}

/** Builds of other pins are of no use any more; releases are kept, as another lab may run one. */
async function removeOthers(name: string): Promise<void> {
  if (!name.includes('-go-')) return;
  const stale = (await readdir(cacheDir())).filter(
    (other) => other.startsWith('.unfinished-v') && other.includes('-go-'),
  );
  await Promise.all(stale.map((other) => rm(join(cacheDir(), other), { recursive: true, force: true })));
}

function bases() {
  return {
    kubernetes: process.env['K8S_HA_KUBERNETES_URL'] ?? 'https://dl.k8s.io/release',
    etcd: process.env['K8S_HA_ETCD_URL'] ?? 'https://github.com/etcd-io/etcd/releases/download',
  };
}

const architectures: Readonly<Record<string, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
  ppc64: 'ppc64le',
  s390x: 's390x',
};

async function fetchRelease(
  version: string,
  dir: string,
  signal: AbortSignal | undefined,
  onProgress: (text: string) => void,
): Promise<void> {
  const arch = architectures[process.arch] ?? process.arch;
  for (const name of kubernetesPrograms) {
    if (await isProgram(join(dir, name))) continue;
    onProgress(`Downloading ${name} ${version}`);
    const url = `${bases().kubernetes}/${version}/bin/linux/${arch}/${name}`;
    await download({ url, sumUrl: `${url}.sha256`, target: join(dir, name) }, { signal });
  }
  if (await isProgram(join(dir, 'etcd'))) return;
  onProgress(`Downloading etcd ${pinned.etcd}`);
  const base = `${bases().etcd}/${pinned.etcd}`;
  const archive = `etcd-${pinned.etcd}-linux-${arch}`;
  const target = join(dir, `${archive}.tar.gz`);
  await download({ url: `${base}/${archive}.tar.gz`, sumUrl: `${base}/SHA256SUMS`, target }, { signal });
  await unpack(target, archive, dir);
}

async function unpack(archive: string, top: string, dir: string): Promise<void> {
  const { createRunner } = await import('../process.ts');
  const members = etcdPrograms.map((name) => `${top}/${name}`);
  await createRunner('download').must('unpack etcd', [
    ...words('tar --extract --gzip --strip-components=1 --no-same-owner'),
    `--directory=${dir}`,
    `--file=${archive}`,
    ...members,
  ]);
  await rm(archive, { force: true });
}
