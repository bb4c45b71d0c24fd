import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from './alive.ts';

/**
 * A folder of the operator's own for control sockets: whoever can write to it answers in the name of nodes. A folder of this
 * name that is somebody else's, that others can write to, or that is a link is not touched: a fresh one is made instead.
 * Sockets of processes that are gone are removed.
 */
export function controlFolder(
  base = process.env['XDG_RUNTIME_DIR'] ?? tmpdir(),
  uid = process.getuid?.() ?? 0,
): string {
  const folder = join(base, `k8s-ha-${uid}`);
  if (!makeOwn(folder, uid)) return freshFolder(base);
  for (const entry of readdirSync(folder)) {
    const pid = Number.parseInt(entry, 10);
    if (Number.isInteger(pid) && !isAlive(pid)) rmSync(join(folder, entry), { force: true });
  }
  return folder;
}

/** Makes the folder, or finds that it is a folder, ours, and nobody else's to write. */
function makeOwn(folder: string, uid: number): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    // It is there, or cannot be made: the look decides.
  }
  try {
    const found = lstatSync(folder);
    return found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

let fresh: string | undefined;

/** One for the life of this process, gone with it. */
function freshFolder(base: string): string {
  if (fresh === undefined) {
    const made = mkdtempSync(join(base, 'k8s-ha-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    fresh = made;
  }
  return fresh;
}
