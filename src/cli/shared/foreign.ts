import { closeSync, constants, fstatSync, openSync, readSync, readdirSync, statSync, type Stats } from 'node:fs';
import { basename, join } from 'node:path';
import { errorCode, errorText } from '../../core/error.ts';
import type { GivenFile } from '../../index.ts';
import { UsageError } from './usage.ts';

/** Larger files are no configuration; a folder given by mistake is not read to its end. */
const maxBytes = 512 * 1024;
const maxFiles = 500;
const maxDepth = 6;

/**
 * Reads the files of an existing set-up: single files, folders, folders with one folder for each node, or NODE=PATH. What a
 * folder has and cannot be read is given with the reason. Neither pipes nor devices are opened.
 * @throws UsageError for a path that is not there, or that is neither a file nor a folder
 */
export function readForeign(paths: readonly string[]): GivenFile[] {
  const files = paths.flatMap((argument) => {
    const [node, path] = nodeAndPath(argument);
    const stats = statOf(path);
    if (!stats.isDirectory()) return [{ ...readNamed(path, stats), node }];
    const found = walk(path);
    const owners = node === undefined ? nodeFolders(path, found) : [];
    return found.map((given) => ({
      ...given,
      node: node ?? owners.find((owner) => given.file.startsWith(`${join(path, owner)}/`)),
    }));
  });
  if (files.length === 0) throw new UsageError(`there are no files in ${paths.join(', ')}`);
  return files;
}

function nodeAndPath(argument: string): [node: string | undefined, path: string] {
  const match = /^([a-z0-9][a-z0-9.-]*)=(.+)$/.exec(argument);
  return match && !exists(argument) ? [match[1], match[2] ?? argument] : [undefined, argument];
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function statOf(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw errorCode(error) === 'ENOENT'
      ? new UsageError(`there is no ${path}`, 'Name files or folders with keepalived.conf and haproxy.cfg.')
      : new UsageError(`${path} cannot be read: ${errorText(error)}`);
  }
}

/** A file that was named: what cannot be read is the caller's mistake. */
function readNamed(path: string, stats: Stats): GivenFile {
  const special = specialOf(stats);
  if (special !== undefined)
    throw new UsageError(`${path} is ${special}, not a file`, 'Write what comes out of it to a file, and name that.');
  const given = readText(path);
  if (given.unreadable !== undefined) throw new UsageError(`${path} cannot be read: ${given.unreadable}`);
  return given;
}

function specialOf(stats: Stats): string | undefined {
  if (stats.isFIFO()) return 'a pipe';
  if (stats.isSocket()) return 'a socket';
  return stats.isCharacterDevice() || stats.isBlockDevice() ? 'a device' : undefined;
}

interface ReadText extends GivenFile {
  readonly unreadable?: string;
}

/** At most `maxBytes` of a regular file, without waiting for anybody. */
function readText(file: string): ReadText {
  let fd: number | undefined;
  try {
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(fd);
    const special = specialOf(stats);
    if (special !== undefined) return problem(file, `is ${special}: it was not opened`);
    if (stats.size > maxBytes)
      return problem(file, `is ${stats.size} bytes long, which no configuration is: it was not read`);
    const bytes = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(fd, bytes, length, bytes.length - length, null);
    if (length > maxBytes)
      return problem(file, `is longer than ${maxBytes} bytes, which no configuration is: it was not read`);
    return textOf(file, bytes.subarray(0, length));
  } catch (error) {
    return { ...problem(file, `cannot be read (${errorText(error)})`), unreadable: errorText(error) };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function textOf(file: string, bytes: Buffer): GivenFile {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return problem(
      file,
      'is UTF-16, which neither keepalived nor HAProxy reads: it was not read (iconv makes UTF-8 of it)',
    );
  if (bytes.includes(0)) return problem(file, 'is binary: it was not read');
  return { file, text: bytes.toString('utf8').replace(/^\uFEFF/, '') };
}

function problem(file: string, text: string): GivenFile {
  return { file, text: '', problem: text };
}

/** Names that editors and package managers give to copies of a file. */
const copies =
  /(\.(bak|backup|orig|old|save|swp|rpm(save|new|orig)|dpkg-(old|dist|new|bak)|ucf-\w+|sample|example)|~)$/i;

/** The files of a folder. Links to folders are not followed: they lead back, or out of it. */
function walk(root: string): GivenFile[] {
  const found: GivenFile[] = [];
  const visit = (folder: string, depth: number): void => {
    for (const name of namesIn(folder, found)) {
      if (found.length >= maxFiles) return;
      const path = join(folder, name);
      const link = statSync(path, { throwIfNoEntry: false });
      if (!link) found.push(problem(path, 'is a link that leads nowhere, or went away meanwhile'));
      else if (!link.isDirectory())
        found.push(copies.test(name) ? problem(path, 'is a copy, by its name: it was not read') : readText(path));
      else if (isLink(folder, name)) found.push(problem(path, 'is a link to a folder: it was not followed'));
      else if (depth >= maxDepth) found.push(problem(path, `lies ${maxDepth} folders deep: it was not looked into`));
      else visit(path, depth + 1);
    }
  };
  visit(root, 0);
  return found.length >= maxFiles
    ? [...found, problem(root, `has more than ${maxFiles} files: the rest of it was not looked at`)]
    : found;
}

function namesIn(folder: string, found: GivenFile[]): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.') && name !== 'node_modules')
      .toSorted((a, b) => a.localeCompare(b));
  } catch (error) {
    found.push(problem(folder, `cannot be read (${errorText(error)})`));
    return [];
  }
}

function isLink(folder: string, name: string): boolean {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => entry.name === name && entry.isSymbolicLink());
}

/** Folders that each have a keepalived configuration are one node's each; `config/keepalived` beside `config/haproxy` is not. */
function nodeFolders(root: string, files: readonly GivenFile[]): string[] {
  const names = new Set(files.flatMap(({ file }) => /^([^/]+)\//.exec(file.slice(join(root, '/').length))?.[1] ?? []));
  const owners = [...names].filter((name) =>
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
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return false;
  if (stats.isDirectory()) return true;
  return stats.isFile() && kindOf(readText(path).text, path) !== 'other';
}
