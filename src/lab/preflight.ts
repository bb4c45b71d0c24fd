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

/** Each node's systemd, journal and services watch files: about ten instances, and the host has its own. */
function inotifyNeeded(nodes: number): number {
  return 10 * nodes + 20;
}

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
  { nodes = 3, podman, kubeadm }: Pick<UpOptions, 'nodes' | 'podman' | 'kubeadm'>,
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
    inotify(nodes + (kubeadm?.workers ?? 0)),
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

async function inotify(nodes: number): Promise<readonly Finding[]> {
  const text = await readFile('/proc/sys/fs/inotify/max_user_instances', 'utf8').catch(() => '');
  const limit = Number(text);
  if (text === '' || limit >= inotifyNeeded(nodes)) return [];
  return [
    problem(
      'inotify',
      `fs.inotify.max_user_instances is ${limit}, and ${nodes} machines need about ${inotifyNeeded(nodes)}`,
      {
        suggestion: 'sysctl -w fs.inotify.max_user_instances=512',
      },
    ),
  ];
}
