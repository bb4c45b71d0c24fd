import { source } from '../cluster/file/source.ts';
import { parseAddress } from '../core/ip.ts';
import { readCommands, type CommandGroup } from './containers/command-line.ts';
import type { ContainerConfig } from './containers/container.ts';
import { readManifests } from './containers/manifest.ts';
import { osixiaDefaults, placeholderValue, type Placeholders } from './containers/placeholder.ts';
import { kindOf } from './detect.ts';
import { readHaproxy, type HaproxyConfig } from './haproxy/read.ts';
import { readKeepalived, type KeepalivedConfig } from './keepalived/read.ts';
import type { Words } from './word.ts';

/** A file as it was given; `node` where it is known whose it is. */
export interface GivenFile {
  readonly file: string;
  readonly text: string;
  readonly node?: string | undefined;
}

/** What one machine runs. */
export interface SetupNode {
  /** Folder, host or "node 2". */
  readonly name: string;
  readonly keepalived?: KeepalivedConfig | undefined;
  readonly haproxy?: HaproxyConfig | undefined;
  readonly containers: readonly ContainerConfig[];
  readonly group?: CommandGroup | undefined;
}

/** Everything that was read, put together. */
export interface Setup {
  readonly nodes: readonly SetupNode[];
  readonly files: readonly GivenFile[];
  /** Lines that take a VIP off by hand. */
  readonly cleanups: readonly Words[];
  readonly unread: readonly Words[];
}

/** Puts the files together: what stands in a node's folder is its own, the rest is everybody's. */
export function setupOf(files: readonly GivenFile[]): Setup {
  const byKind = (kind: ReturnType<typeof kindOf>): GivenFile[] =>
    files.filter(({ file, text }) => kindOf(text, file) === kind);
  const commandFiles = byKind('commands').map(({ file, text }) => readCommands(source(text, file)));
  const groups = richest(commandFiles.map((found) => found.groups));
  const shared = byKind('manifest')
    .filter(({ node }) => node === undefined)
    .flatMap(({ file, text }) => readManifests(source(text, file)));
  const named = [...new Set(files.flatMap(({ node }) => (node === undefined ? [] : [node])))];
  const configIds = named.length > 0 || groups.length > 0 ? [] : configIdsOf(byKind('keepalived'));
  const includes = (pattern: string, from: string) => included(files, pattern, from);

  // Commands in a node's own folder that start one machine's containers start that node's.
  const ownContainers = (own: readonly GivenFile[]): readonly ContainerConfig[] => {
    const lists = own
      .filter(({ file, text }) => kindOf(text, file) === 'commands')
      .map(({ file, text }) => readCommands(source(text, file)).groups);
    return lists.flatMap((list) => (list.length === 1 ? (list[0]?.containers ?? []) : []));
  };

  const nodeOf = (name: string, own: readonly GivenFile[], group?: CommandGroup): SetupNode => {
    const pick = (kind: 'keepalived' | 'haproxy'): GivenFile | undefined =>
      mainFile(own, kind) ??
      mainFile(
        files.filter(({ node }) => node === undefined),
        kind,
      );
    const manifests = own
      .filter(({ file, text }) => kindOf(text, file) === 'manifest')
      .flatMap(({ file, text }) => readManifests(source(text, file)));
    const containers = [...(group?.containers ?? ownContainers(own)), ...manifests, ...shared];
    const keepalivedFile = pick('keepalived');
    const haproxyFile = pick('haproxy');
    const environment = containers.find(({ program }) => program === 'haproxy')?.environment ?? new Map();
    // With a list of commands, a program that no command starts does not run, whatever files there are.
    const runs = (program: ContainerConfig['program']): boolean =>
      group === undefined || containers.some((container) => container.program === program);
    return {
      name,
      keepalived:
        keepalivedFile && runs('keepalived')
          ? readKeepalived(keepalivedFile.text, keepalivedFile.file, {
              configId: named.length > 0 || configIds.length > 1 ? name : undefined,
              placeholders: placeholdersOf(containers),
              include: includes,
            })
          : undefined,
      haproxy:
        haproxyFile && runs('haproxy')
          ? readHaproxy(haproxyFile.text, haproxyFile.file, {
              environment: new Map([...environment].map(([key, word]) => [key, word.text])),
            })
          : undefined,
      containers,
      group,
    };
  };

  const nodes =
    configIds.length > 1
      ? configIds.map((name) => nodeOf(name, [], undefined))
      : named.length > 0
        ? named.map((name) =>
            nodeOf(
              name,
              files.filter(({ node }) => node === name),
            ),
          )
        : groups.length > 0
          ? groups.map((group, i) => nodeOf(`node ${i + 1}`, [], group))
          : [nodeOf('every node', [])];
  return {
    nodes,
    files,
    cleanups: commandFiles.flatMap(({ cleanups }) => cleanups),
    unread: unique(
      nodes.flatMap(({ keepalived, haproxy, containers }) => [
        ...(keepalived?.unread ?? []),
        ...(haproxy?.unread ?? []),
        ...containers.flatMap(({ unread }) => unread),
      ]),
    ),
  };
}

/** One file for all nodes names them in its conditions (`@cp1 priority 240`). */
function configIdsOf(files: readonly GivenFile[]): string[] {
  return [
    ...new Set(files.flatMap(({ text }) => [...text.matchAll(/^[ \t]*@\^?([\w.-]+)[ \t]/gm)].map(([, id = '']) => id))),
  ];
}

/** A README and the script it explains say the same: the fuller one counts. */
function richest(lists: readonly (readonly CommandGroup[])[]): readonly CommandGroup[] {
  return lists.toSorted((a, b) => b.length - a.length)[0] ?? [];
}

/** The file that the program reads: the one with most in it, not one that is included. */
function mainFile(files: readonly GivenFile[], kind: 'keepalived' | 'haproxy'): GivenFile | undefined {
  const found = files.filter(({ file, text }) => kindOf(text, file) === kind);
  return found.find(({ file }) => new RegExp(`(^|/)${kind}\\.(conf|cfg)$`).test(file)) ?? found[0];
}

function placeholdersOf(containers: readonly ContainerConfig[]): Placeholders | undefined {
  const container = containers.find(({ program }) => program === 'keepalived');
  if (!container) return undefined;
  const defaults = /osixia/.test(container.image.text) ? Object.entries(osixiaDefaults) : [];
  return new Map([
    ...defaults,
    ...[...container.environment].map(([name, { text }]): [string, string] => [name, placeholderValue(text)]),
  ]);
}

function matches(wanted: string): RegExp {
  const expression = wanted
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  return new RegExp(`(^|/)${expression}$`);
}

/** Files that a pattern such as `conf.d/*.conf` means: compared by the end of their path, since they may lie anywhere. */
function included(files: readonly GivenFile[], pattern: string, from: string): readonly GivenFile[] {
  const folder = from.includes('/') ? from.replace(/[^/]*$/, '') : '';
  const tail = pattern.split('/').slice(-2).join('/');
  const near = files.filter(
    ({ file }) => file !== from && matches(pattern.startsWith('/') ? pattern : `${folder}${pattern}`).test(file),
  );
  return near.length > 0 ? near : files.filter(({ file }) => file !== from && matches(tail).test(file));
}

function unique(lists: readonly Words[]): Words[] {
  const seen = new Set<string>();
  return lists.filter(([first]) => {
    const key = first ? `${first.source.file}:${first.start}` : '';
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** A word that is an address, in its one spelling. */
export function addressOf(text: string): string | undefined {
  return parseAddress(text.replace(/\/\d+$/, ''))?.text;
}
