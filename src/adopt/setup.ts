import { source } from '../cluster/file/source.ts';
import { readCommands, type CommandGroup } from './containers/command-line.ts';
import { readCompose } from './containers/compose.ts';
import type { ContainerConfig } from './containers/container.ts';
import { readManifests } from './containers/manifest.ts';
import { osixiaDefaults, placeholderValue, type Placeholders } from './containers/placeholder.ts';
import { kindOf, type FileKind } from './detect.ts';
import { haproxyFiles, includedIn, withNodes } from './files.ts';
import type { GivenFile } from './given.ts';
import { readHaproxy, type HaproxyConfig } from './haproxy/read.ts';
import { splitHaproxy } from './haproxy/split.ts';
import type { KeepalivedConfig } from './keepalived/config.ts';
import { readKeepalived } from './keepalived/read.ts';
import type { Words } from './word.ts';

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
  readonly understood: readonly Words[];
  readonly unread: readonly Words[];
}

/** The name of the only node where the files say nothing of several. */
export const onlyNode = 'every node';

/** Puts the files together: what stands in a node's folder is its own, the rest is everybody's. */
export function setupOf(given: readonly GivenFile[]): Setup {
  const kinds = new Map(
    given.map(({ file, text, problem }) => [file, problem === undefined ? kindOf(text, file) : 'other']),
  );
  const isOf =
    (kind: FileKind) =>
    ({ file }: GivenFile): boolean =>
      kinds.get(file) === kind;
  const commandFiles = given.filter(isOf('commands')).map(({ file, text }) => readCommands(source(text, file)));
  const groups = richest(commandFiles.map((found) => found.groups));
  const files = groups.length > 0 ? given : withNodes(given, isOf('keepalived'), isOf('haproxy'));
  const named = [...new Set(files.flatMap(({ node }) => (node === undefined ? [] : [node])))];
  const configIds = named.length > 0 || groups.length > 0 ? [] : configIdsOf(files.filter(isOf('keepalived')));
  const includes = (pattern: string, from: string) => includedIn(files, pattern, from);
  const podsOf = (own: readonly GivenFile[]): readonly ContainerConfig[] => [
    ...own.filter(isOf('manifest')).flatMap(({ file, text }) => readManifests(source(text, file))),
    ...own.filter(isOf('compose')).flatMap(({ file, text }) => readCompose(source(text, file))),
  ];
  const shared = files.filter(({ node }) => node === undefined);

  // Commands in a node's own folder that start one machine's containers start that node's.
  const ownContainers = (own: readonly GivenFile[]): readonly ContainerConfig[] => {
    const lists = own.filter(isOf('commands')).map(({ file, text }) => readCommands(source(text, file)).groups);
    return lists.flatMap((list) => (list.length === 1 ? (list[0]?.containers ?? []) : []));
  };

  const nodeOf = (name: string, own: readonly GivenFile[], group?: CommandGroup): SetupNode => {
    const containers = [...(group?.containers ?? ownContainers(own)), ...podsOf(own), ...podsOf(shared)];
    const keepalivedFile =
      mainKeepalived(own.filter(isOf('keepalived'))) ?? mainKeepalived(shared.filter(isOf('keepalived')));
    const [haproxyFile, ...more] =
      [own, shared].map((list) => haproxyFiles(list.filter(isOf('haproxy')))).find((list) => list.length > 0) ?? [];
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
              more,
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
          : [nodeOf(onlyNode, [])];
  const understood = nodes.flatMap(({ keepalived, haproxy }) => [
    ...(keepalived?.understood ?? []),
    ...(haproxy?.understood ?? []),
  ]);
  const unread = nodes.flatMap(({ keepalived, haproxy, containers }) => [
    ...(keepalived?.unread ?? []),
    ...(haproxy?.unread ?? []),
    ...containers.flatMap((container) => container.unread),
  ]);
  // A file that no program was found to read: each of its lines is listed.
  const read = new Set([...understood, ...unread].flatMap(([first]) => first?.source.file ?? []));
  const left = files
    .filter((one) => (isOf('keepalived')(one) || isOf('haproxy')(one)) && !read.has(one.file))
    .flatMap(({ file, text }) => splitHaproxy(source(text, file), new Map()).map(({ words }) => words));
  return {
    nodes,
    files,
    cleanups: commandFiles.flatMap(({ cleanups }) => cleanups),
    understood,
    unread: unique([...unread, ...left]),
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

/** The file that keepalived reads: not one that is included. */
function mainKeepalived(files: readonly GivenFile[]): GivenFile | undefined {
  return files.find(({ file }) => /(^|\/)keepalived\.conf$/.test(file)) ?? files[0];
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

function unique(lists: readonly Words[]): Words[] {
  const seen = new Set<string>();
  return lists.filter(([first]) => {
    const key = first ? `${first.source.file}:${first.start}` : '';
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
