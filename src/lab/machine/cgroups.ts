import { mkdirSync, existsSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

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

/** Hierarchies of single controllers, which hosts with version 1 have beside those of systemd. */
function controllers(): readonly string[] {
  return groupsIn('/sys/fs/cgroup')
    .map((name) => join('/sys/fs/cgroup', name))
    .filter((dir) => !hierarchies.includes(dir) && existsSync(join(dir, 'cgroup.procs')));
}

/**
 * A machine's groups in those: containers in it make groups of theirs below, which are then found with it. They are below the
 * group that we are in ourselves, so that whatever limits us limits them.
 */
export function controllerGroupsOf(lab: string, node: string): readonly string[] {
  const own = new Map(
    readFileSync('/proc/self/cgroup', 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [, names = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
        return names.split(',').map((name) => [name, path] as const);
      }),
  );
  return controllers().flatMap((root) => {
    const path = own.get(basename(root));
    return path === undefined ? [] : [join(root, path, top, lab, node)];
  });
}

/** How far below a hierarchy's root the group may be that a lab was started in. */
const mostLevels = 4;

/** The lab's folders in the hierarchies of controllers, wherever it was started from. */
function controllerTops(): readonly string[] {
  const find = (dir: string, levels: number): readonly string[] =>
    groupsIn(dir).flatMap((name) => {
      if (name === top) return [join(dir, name)];
      return levels > 1 ? find(join(dir, name), levels - 1) : [];
    });
  return controllers().flatMap((root) => find(root, mostLevels));
}

/** What a lab, or one machine of it, left in the hierarchies of controllers. */
export function controllerGroupsLeft(lab: string, node?: string): readonly string[] {
  return controllerTops()
    .map((dir) => join(dir, lab, ...(node === undefined ? [] : [node])))
    .filter((dir) => existsSync(dir));
}

export function makeCgroups(dirs: readonly string[]): void {
  for (const dir of dirs) makeGroup(dir);
}

/** A new group of cpusets has no processors, and takes no process, until it is told its parent's (cpuset(7)). */
function makeGroup(dir: string): void {
  if (existsSync(dir)) return;
  makeGroup(dirname(dir));
  mkdirSync(dir, { recursive: true });
  if (!existsSync(join(dir, 'cpuset.cpus'))) return;
  for (const file of ['cpuset.cpus', 'cpuset.mems'])
    writeFileSync(join(dir, file), readFileSync(join(dirname(dir), file)));
  writeFileSync(join(dir, 'cgroup.clone_children'), '1');
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
  for (const dir of [...roots().map((root) => join(root, top)), ...controllerTops()])
    try {
      rmdirSync(dir);
    } catch {
      // another lab is in it, or it is not there
    }
}
