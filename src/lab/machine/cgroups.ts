import { mkdirSync, existsSync, readFileSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Hierarchies that systemd uses on this host: the unified one alone, or (hybrid and legacy hosts) systemd's named one and
 * the unified one beside it. Each machine gets a group of its own, else the machines' systemds would share their units'
 * groups and wait for each other's processes.
 */
const hierarchies = ['/sys/fs/cgroup', '/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified'];

const top = 'k8s-ha-lab';

function roots(): readonly string[] {
  return hierarchies.filter((dir) => existsSync(join(dir, 'cgroup.procs')));
}

/** The lab's group, or one machine's, in every hierarchy. */
export function cgroupsOf(lab: string, node?: string): readonly string[] {
  return roots().map((root) => join(root, top, lab, ...(node === undefined ? [] : [node])));
}

export function makeCgroups(dirs: readonly string[]): void {
  for (const dir of dirs) mkdirSync(dir, { recursive: true });
}

/** The group and all below it, deepest first; none that is gone: a machine that dies takes its groups away meanwhile. */
function below(dir: string): readonly string[] {
  return [...groupsIn(dir).flatMap((name) => below(join(dir, name))), ...(existsSync(dir) ? [dir] : [])];
}

function groupsIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENODEV')) return [];
    throw error;
  }
}

/** Ids of all processes in the groups and everything below them. */
export function processesIn(dirs: readonly string[]): readonly number[] {
  const pids = dirs.flatMap(below).flatMap((dir) => {
    try {
      return readFileSync(join(dir, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
    } catch {
      return []; // the group went away while we looked
    }
  });
  return [...new Set(pids)].filter((pid) => pid > 0);
}

/** Removes what is empty; @returns the groups that are left because a process is still in them. */
export function removeCgroups(dirs: readonly string[]): readonly string[] {
  return dirs.flatMap(below).filter((dir) => {
    try {
      rmdirSync(dir);
      return false;
    } catch {
      return existsSync(dir);
    }
  });
}

/** Removes the folder that all labs share, when this was the last of them. */
export function removeEmptyTop(): void {
  for (const root of roots())
    try {
      rmdirSync(join(root, top));
    } catch {
      // another lab is in it, or it is not there
    }
}
