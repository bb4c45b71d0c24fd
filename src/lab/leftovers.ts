import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmdirSync, rmSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cgroupsOf, controllerGroupsLeft, processesIn, removeCgroups, removeEmptyTop } from './machine/cgroups.ts';
import { allNamespaces, namespaceOf } from './names.ts';
import { labDir, labsDir, netnsDir, nodePaths } from './paths.ts';
import { markerOf } from './process.ts';

/** All that a lab can have left on the host, found by looking and not by remembering, so that a crash hides nothing. */
export interface Leftovers {
  readonly processes: readonly number[];
  readonly mounts: readonly string[];
  readonly namespaces: readonly string[];
  readonly cgroups: readonly string[];
  readonly files: readonly string[];
}

/** What to look at: a whole lab, or one machine of it (whose disk and console stay). */
export interface Extent {
  readonly lab: string;
  readonly node?: string;
}

export function findLeftovers({ lab, node }: Extent): Leftovers {
  const names = node === undefined ? allNamespaces(lab) : [namespaceOf(lab, node)];
  const namespaces = names.map((name) => join(netnsDir, name)).filter((path) => existsSync(path));
  const below = node === undefined ? labDir(lab) : nodePaths(lab, node).dir;
  const scratch = names.map((name) => `/run/systemd/nspawn/propagate/${name}`);
  const cgroups = [...cgroupsOf(lab, node), ...controllerGroupsLeft(lab, node)];
  return {
    processes: processesOf({ lab, ...(node === undefined ? {} : { node }) }, cgroups, namespaces),
    mounts: mountsBelow(readFileSync('/proc/self/mounts', 'utf8'), below),
    namespaces,
    cgroups: cgroups.filter((dir) => existsSync(dir)),
    files: [...(node === undefined ? [below] : []), ...scratch].filter((path) => existsSync(path)),
  };
}

/** Mount points in or below `dir`, innermost first; `mounts` is /proc/self/mounts. */
export function mountsBelow(mounts: string, dir: string): readonly string[] {
  return mounts
    .split('\n')
    .map((line) =>
      (line.split(' ')[1] ?? '').replaceAll(/\\(\d{3})/g, (_, octal) =>
        String.fromCharCode(Number.parseInt(String(octal), 8)),
      ),
    )
    .filter((path) => path === dir || path.startsWith(`${dir}/`))
    .toReversed();
}

/**
 * Processes in the lab's cgroups or network namespaces, and those that the lab's commands started. For one node, only what
 * is in its cgroup or namespace. We and our ancestors are never among them, even when started in the lab's client.
 */
function processesOf(
  { lab, node }: Extent,
  cgroups: readonly string[],
  namespaces: readonly string[],
): readonly number[] {
  const spared = ancestors(process.pid);
  const inodes = new Set(namespaces.flatMap((path) => inodeOf(path)));
  const marker = `${markerOf(lab)}\0`;
  const others = numericNames('/proc').filter(
    (pid) =>
      !spared.has(pid) &&
      (inodeOf(`/proc/${pid}/ns/net`).some((inode) => inodes.has(inode)) ||
        (node === undefined && (readText(`/proc/${pid}/environ`) + '\0').includes(marker) && !isFamily(pid, spared))),
  );
  return [...new Set([...processesIn(cgroups), ...others])].filter((pid) => !spared.has(pid));
}

/** A child of ours that is still at work, such as the shell of a lookup. */
function isFamily(pid: number, spared: ReadonlySet<number>): boolean {
  return spared.has(parentOf(pid) ?? 0);
}

function numericNames(dir: string): readonly number[] {
  return readdirSync(dir)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function inodeOf(path: string): readonly string[] {
  try {
    const { dev, ino } = statSync(path);
    return [`${dev}:${ino}`];
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function parentOf(pid: number): number | undefined {
  const match = /^PPid:\t(\d+)$/m.exec(readText(`/proc/${pid}/status`));
  return match ? Number(match[1]) : undefined;
}

function ancestors(pid: number): ReadonlySet<number> {
  const found = new Set([pid]);
  for (let next = parentOf(pid); next !== undefined && next > 1; next = parentOf(next)) found.add(next);
  return found;
}

function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // what could not be removed is found again by the next look
  }
}

/** The file by which systemd-nspawn marks a root as in use; a killed one leaves it. Known only while the root is mounted. */
function nspawnLock(root: string): string {
  const { dev, ino } = statSync(root);
  return `/run/systemd/nspawn/locks/inode-${dev}:${ino}`;
}

/** One pass: kill, unmount, delete. Programs other than umount(8) are not needed, so that it works on a bare host. */
function removeOnce({ processes, mounts, namespaces, cgroups, files }: Leftovers, lazy: boolean): void {
  for (const pid of processes) attempt(() => process.kill(pid, 'SIGKILL'));
  if (mounts.length > 0 && (processes.length === 0 || lazy)) {
    for (const path of mounts) attempt(() => unlinkSync(nspawnLock(path)));
    spawnSync('umount', [...(lazy ? ['--lazy'] : []), ...mounts], { stdio: 'ignore' });
  }
  for (const path of namespaces) {
    spawnSync('umount', ['--lazy', path], { stdio: 'ignore' });
    attempt(() => unlinkSync(path));
  }
  removeCgroups(cgroups);
  // Never into a mounted disk: the machine's processes must be gone and its root unmounted first.
  if (processes.length === 0 && mounts.length === 0)
    for (const path of files) attempt(() => rmSync(path, { recursive: true, force: true }));
}

function isEmpty(left: Leftovers): boolean {
  return Object.values(left).every((found: readonly unknown[]) => found.length === 0);
}

/**
 * Removes everything that `findLeftovers` finds, and looks again until nothing is found. @returns what is still there after
 * `timeoutMs`; all empty when all is gone.
 */
export async function removeLeftovers(extent: Extent, timeoutMs = 10_000): Promise<Leftovers> {
  const until = performance.now() + timeoutMs;
  const lazyFrom = performance.now() + timeoutMs / 2;
  let left = findLeftovers(extent);
  while (!isEmpty(left) && performance.now() < until) {
    removeOnce(left, performance.now() > lazyFrom);
    left = findLeftovers(extent);
    if (!isEmpty(left)) await sleep(20);
  }
  if (extent.node === undefined) tidy();
  return left;
}

/** Removes the folders that labs share, when this was the last of them. */
function tidy(): void {
  removeEmptyTop();
  attempt(() => rmdirSync(labsDir()));
  if (!existsSync(netnsDir) || readdirSync(netnsDir).length > 0) return;
  // `ip netns` mounted the folder on itself when it made the first namespace; umount refuses where one is left.
  spawnSync('umount', [netnsDir], { stdio: 'ignore' });
  attempt(() => rmdirSync(netnsDir));
}
