import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { problem, stop } from '../problem.ts';
import type { Runner } from '../process.ts';
import { words } from '../words.ts';
import { pinned, previousKubernetes, versionFlags, type kubernetesPrograms } from './releases.ts';

/** A Go module that pins programs: a folder of the repository's lab/. */
function moduleDir(name: string): string {
  return fileURLToPath(new URL(`../../../lab/${name}/`, import.meta.url));
}

/** Tags of Kubernetes' own release build: without grpcnotrace the linker can drop nothing. */
const tags = 'grpcnotrace';

/** Longest that one program may take, with nothing of it cached and a slow processor. */
const programTimeoutMs = 40 * 60_000;

/** A program that is built from a pinned Go module. */
export interface Target {
  readonly program: string;
  /** The module's folder below lab/. */
  readonly module: string;
  /** The package of its main function. */
  readonly path: string;
  /** For the linker. */
  readonly flags: string;
  /** Build tags, where they are not those of Kubernetes' release. */
  readonly tags?: string;
}

/** A program of Kubernetes itself, from the module that pins its version. */
export function kubernetesTarget(
  program: (typeof kubernetesPrograms)[number] | 'kubelet',
  version: string,
  module: string,
): Target {
  return { program, module, path: `k8s.io/kubernetes/cmd/${program}`, flags: versionFlags(version) };
}

/** A control plane's programs of one of the versions that can be built. Smallest first: a build that cannot work fails early. */
function targetsOf(version: string): readonly Target[] {
  const current = version === pinned.kubernetes;
  return [
    { program: 'etcdctl', module: 'etcd', path: 'go.etcd.io/etcd/etcdctl/v3', flags: '-s -w' },
    { program: 'etcd', module: 'etcd', path: 'go.etcd.io/etcd/server/v3', flags: '-s -w' },
    ...(current ? [{ program: 'elector', module: 'kubernetes', path: './elector', flags: '-s -w' }] : []),
    ...(['kubectl', 'kubeadm', 'kube-scheduler', 'kube-controller-manager', 'kube-apiserver'] as const).map((program) =>
      kubernetesTarget(program, version, current ? 'kubernetes' : previousModule),
    ),
  ];
}

/** Pins every program of the minor version before. */
export const previousModule = 'kubernetes-previous';

export async function hasGo(runner: Runner): Promise<boolean> {
  return (await runner.run(['go', 'version'])).rc === 0;
}

/** A kubeadm of the minor version before, for the test that both accept what we print. */
export const previous: Target = {
  ...kubernetesTarget('kubeadm', previousKubernetes, previousModule),
  program: 'kubeadm-previous',
};

/** What decides about the build of a control plane's programs, below lab/. */
function sourcesOf(version: string): readonly string[] {
  const own =
    version === pinned.kubernetes
      ? ['kubernetes/go.mod', 'kubernetes/go.sum', 'kubernetes/elector/main.go']
      : [`${previousModule}/go.mod`, `${previousModule}/go.sum`];
  return [...own, 'etcd/go.mod', 'etcd/go.sum'];
}

/** Names the build of a control plane's programs in the cache. */
export async function controlPlaneKey(runner: Runner, version: string): Promise<string> {
  return buildKey(runner, sourcesOf(version), targetsOf(version));
}

/** Builds a control plane's programs into `dir`. */
export async function buildControlPlane(
  runner: Runner,
  version: string,
  dir: string,
  onProgress: (text: string) => void,
): Promise<void> {
  return buildPrograms(runner, dir, onProgress, targetsOf(version));
}

/** Names a build in the cache: equal modules, toolchain and flags share one. */
export async function buildKey(runner: Runner, files: readonly string[], wanted: unknown): Promise<string> {
  const texts = await Promise.all(
    files.map((file) => readFile(fileURLToPath(new URL(`../../../lab/${file}`, import.meta.url)), 'utf8')),
  );
  const version = (await runner.run(['go', 'version'])).stdout.trim();
  return createHash('sha256')
    .update(JSON.stringify([texts, version, tags, wanted]))
    .digest('hex')
    .slice(0, 12);
}

/**
 * Builds all programs into `dir`, one after the other, at the lowest priority: a cold build takes minutes of all cores.
 * Go's own cache keeps what an interrupted build had done.
 */
export async function buildPrograms(
  runner: Runner,
  dir: string,
  onProgress: (text: string) => void,
  wanted: readonly Target[],
): Promise<void> {
  onProgress("Comparing Go's module cache with the pinned sums");
  for (const module of new Set(wanted.map((target) => target.module))) {
    const packages = wanted.filter((target) => target.module === module).map(({ path }) => path);
    await verifyModule(runner, moduleDir(module), packages);
  }
  for (const target of wanted) await buildProgram(runner, target, dir, onProgress);
}

/**
 * Go as the pins want it. go.sum, which is part of our sources, has the SHA-256 of every module: Go refuses one that is
 * different, whichever server it came from, and with `-mod=readonly` one that is not in it. GOFLAGS could name another go.mod
 * (`-modfile`) or other files (`-overlay`), and a go.work other modules.
 */
const pinnedGo = words('env GOFLAGS= GOWORK=off nice -n 19 go');

/**
 * Compares the modules in Go's cache with what they were when they were fetched: a build looks at that no more.
 * @throws findings (problem.ts) where one was changed, or is not what go.sum says
 */
export async function verifyModule(runner: Runner, folder: string, packages: readonly string[]): Promise<void> {
  // First what must be in go.sum: `verify` would add it.
  for (const command of [[...words(`list -mod=readonly -deps -tags ${tags}`), ...packages], words('mod verify')]) {
    const ran = await runner.run([...pinnedGo, '-C', folder, ...command], { timeoutMs: programTimeoutMs });
    if (ran.rc !== 0)
      throw stop(
        problem(
          'go-build',
          `the pinned modules cannot be checked: ${lastLines(ran.stderr.trim() === '' ? ran.stdout : ran.stderr)}`,
          {
            suggestion:
              'Is the Go module proxy reachable? Where a module was changed, throw the cache away: go clean -modcache.',
          },
        ),
      );
  }
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-6).join('\n');
}

export async function buildProgram(
  runner: Runner,
  { program, module, path, flags, tags: own = tags }: Target,
  dir: string,
  onProgress: (text: string) => void,
  folder = moduleDir(module),
): Promise<void> {
  const started = performance.now();
  onProgress(`Building ${program} (the first time this takes minutes)`);
  const ran = await runner.run(
    [
      ...pinnedGo,
      ...words('build -C'),
      folder,
      ...words(`-trimpath -mod=readonly -tags ${own} -ldflags`),
      flags,
      '-o',
      join(dir, program),
      path,
    ],
    { timeoutMs: programTimeoutMs },
  );
  if (ran.rc !== 0)
    throw stop(
      problem('go-build', `${program} could not be built: ${lastLines(ran.stderr)}`, {
        suggestion: 'Is the Go module proxy reachable, and Go new enough? What was built is kept for the next try.',
      }),
    );
  onProgress(`Built ${program} in ${Math.round((performance.now() - started) / 1000)} s`);
}
