import { access, mkdir, readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrors, type Finding } from '../core/finding.ts';
import {
  kubeadmPackages,
  missingPackages,
  podmanPackages,
  requiredPackages,
  type HostPackage,
} from './base/packages.ts';
import type { UpOptions } from './options.ts';
import { labHome } from './paths.ts';
import { problem } from './problem.ts';
import type { Runner } from './process.ts';

const neededBytes = 1_500_000_000;

/** Each machine has the images of a control plane, packed and unpacked. */
const kubeadmBytes = 8_000_000_000;
const overlayMagic = 0x79_4c_76_30;

/** Files are watched by each node's systemd and its services, by Kubernetes' programs most of all, and by the host itself. */
function inotifyNeeded(nodes: number, kubernetes: boolean): number {
  return (kubernetes ? 30 : 10) * nodes + 20;
}

/** More than any number of labs needs that a host can carry. */
const plentyOfInotify = 1024;

/** Who may use the lab at all; everything else is looked at only by `up`. */
export function checkPrivilege(): readonly Finding[] {
  if (process.platform !== 'linux')
    return [
      problem('not-linux', `the lab needs Linux, and this is ${process.platform}`, {
        suggestion: 'Use a Debian machine.',
      }),
    ];
  if (process.getuid?.() !== 0)
    return [
      problem('not-root', 'the lab needs root', {
        reason: 'It boots machines, mounts their disks and makes network namespaces.',
        suggestion: 'Run the command again with sudo, or as root.',
      }),
    ];
  return [];
}

/** Everything that can be known to be missing before anything is begun; all of it at once. */
export async function preflight(
  runner: Runner,
  { nodes = 3, podman, kubernetes, kubeadm }: Pick<UpOptions, 'nodes' | 'podman' | 'kubernetes' | 'kubeadm'>,
  apiServerDir: string,
): Promise<readonly Finding[]> {
  const privilege = checkPrivilege();
  if (hasErrors(privilege)) return privilege;
  const folder = await mkdir(labHome(), { recursive: true, mode: 0o700 }).then(
    () => [],
    (error: unknown) => [problem('folder', `the lab's folder cannot be made: ${String(error)}`)],
  );
  if (hasErrors(folder)) return folder;
  const findings = await Promise.all([
    packages([...(podman ? podmanPackages : []), ...(kubeadm ? kubeadmPackages : [])]),
    built(apiServerDir),
    overlay(runner),
    disk(kubeadm ? kubeadmBytes : neededBytes),
    inotify(runner, inotifyNeeded(nodes + (kubeadm?.workers ?? 0), (kubernetes ?? kubeadm) !== undefined)),
  ]);
  return findings.flat();
}

async function packages(more: readonly HostPackage[]): Promise<readonly Finding[]> {
  const missing = await missingPackages([...requiredPackages, ...more]);
  if (missing.length === 0) return [];
  return [
    problem('missing-packages', `the lab needs Debian packages that are not installed: ${missing.join(', ')}`, {
      suggestion: `apt-get install --no-install-recommends ${missing.join(' ')}`,
    }),
  ];
}

async function built(apiServerDir: string): Promise<readonly Finding[]> {
  const there = await access(join(apiServerDir, 'api-server.js')).then(
    () => true,
    () => false,
  );
  if (there) return [];
  return [
    problem('not-built', `the stand-in API server is not built: ${apiServerDir} has no api-server.js`, {
      suggestion: 'Run npm run build.',
    }),
  ];
}

async function knowsOverlay(): Promise<boolean> {
  return /^\s*(?:nodev\s+)?overlay$/m.test(await readFile('/proc/filesystems', 'utf8'));
}

async function overlay(runner: Runner): Promise<readonly Finding[]> {
  if (!(await knowsOverlay())) await runner.run(['modprobe', 'overlay']);
  if (!(await knowsOverlay()))
    return [
      problem('no-overlay', 'this kernel has no overlay file system', {
        reason: "The machines' disks are overlays of one base image.",
        suggestion: 'Load the module (modprobe overlay), or use a kernel that has it.',
      }),
    ];
  const { type } = await statfs(labHome());
  if (type !== overlayMagic) return [];
  return [
    problem('on-overlay', `${labHome()} is itself on an overlay file system, which cannot carry another`, {
      suggestion: 'Set K8S_HA_LAB_DIR to a folder on ext4, xfs or tmpfs (in a container: a volume).',
    }),
  ];
}

async function disk(needed: number): Promise<readonly Finding[]> {
  const { bavail, bsize } = await statfs(labHome());
  const free = bavail * bsize;
  if (free >= needed) return [];
  return [
    problem('disk-full', `${labHome()} has ${Math.floor(free / 1e6)} MB free, and the lab needs ${needed / 1e6} MB`, {
      suggestion: 'Free some space, or set K8S_HA_LAB_DIR to a folder on another disk.',
    }),
  ];
}

/** Programs that cannot watch a file mostly go on without a word: of keepalived, no lever works then. */
async function inotify(runner: Runner, needed: number): Promise<readonly Finding[]> {
  const before = await inotifyLimit();
  if (before >= plentyOfInotify) return [];
  // Other labs may start at the same time, so it is not counted who has how many. Until the host boots again.
  await runner.run(['sysctl', '--quiet', '--write', `fs.inotify.max_user_instances=${plentyOfInotify}`]);
  const limit = await inotifyLimit();
  if (limit >= needed) return [];
  return [
    problem('inotify', `fs.inotify.max_user_instances is ${limit}, and the machines need about ${needed}`, {
      reason: 'This host does not let the lab raise it.',
      suggestion: `On the host itself: sysctl -w fs.inotify.max_user_instances=${plentyOfInotify}`,
    }),
  ];
}

/** Infinity where the kernel does not tell. */
async function inotifyLimit(): Promise<number> {
  const text = await readFile('/proc/sys/fs/inotify/max_user_instances', 'utf8').catch(() => '');
  return text === '' ? Number.POSITIVE_INFINITY : Number(text);
}
