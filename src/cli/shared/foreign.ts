import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { GivenFile } from '../../index.ts';
import { UsageError } from './usage.ts';

/** Larger files are no configuration; a folder given by mistake is not read to its end. */
const maxBytes = 512 * 1024;
const maxFiles = 500;
const maxDepth = 6;

/**
 * Reads the files of an existing set-up: single files, folders, folders with one folder for each node, or NODE=PATH.
 * @throws UsageError for what is not there
 */
export function readForeign(paths: readonly string[]): GivenFile[] {
  const files = paths.flatMap((argument) => {
    const [node, path] = /^([a-z0-9][a-z0-9.-]*)=(.+)$/.exec(argument)?.slice(1) ?? [undefined, argument];
    if (path === undefined || !existsSync(path))
      throw new UsageError(
        `there is no ${path ?? argument}`,
        'Name files or folders with keepalived.conf and haproxy.cfg.',
      );
    if (!statSync(path).isDirectory()) return [{ file: path, text: readFileSync(path, 'utf8'), node }];
    const found = walk(path, 0).map((file) => ({ file, text: readFileSync(file, 'utf8') }));
    const owners = node === undefined ? nodeFolders(path, found) : [];
    return found.map((given) => ({
      ...given,
      node: node ?? owners.find((owner) => given.file.startsWith(`${join(path, owner)}/`)),
    }));
  });
  if (files.length === 0) throw new UsageError(`there are no files in ${paths.join(', ')}`);
  return files;
}

function walk(folder: string, depth: number): string[] {
  const found = readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return depth < maxDepth ? walk(path, depth + 1) : [];
      return entry.isFile() && statSync(path).size <= maxBytes ? [path] : [];
    });
  return found.slice(0, maxFiles);
}

/** Folders that each have a keepalived configuration are one node's each; `config/keepalived` beside `config/haproxy` is not. */
function nodeFolders(root: string, files: readonly GivenFile[]): string[] {
  const owners = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) =>
      files.some(({ file, text }) => file.startsWith(`${join(root, name)}/`) && /\bvrrp_instance\b/.test(text)),
    );
  return owners.length >= 2 ? owners : [];
}

/** A name for the cluster from the folder it came from; undefined where none can be made. */
export function clusterNameFrom(paths: readonly string[]): string | undefined {
  const name = basename(paths[0]?.replace(/^[^=]*=/, '') ?? '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
  return /^[a-z0-9]/.test(name) ? name : undefined;
}

/** True for a path that is no cluster file but a set-up of somebody else's: `check` then reads it as import does. */
export function isForeign(path: string, kindOf: (text: string, file: string) => string): boolean {
  if (!existsSync(path)) return false;
  if (statSync(path).isDirectory()) return true;
  if (statSync(path).size > maxBytes || /\.ya?ml$/.test(path)) return false;
  return kindOf(readFileSync(path, 'utf8'), path) !== 'other';
}
