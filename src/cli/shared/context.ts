import type { Command } from 'commander';
import { errorCode, errorText } from '../../core/error.ts';
import type { ClusterSpec, Finding, Host, Member, StreamingHost } from '../../index.ts';
import { tell, wantsColor } from './output.ts';
import { readUpTo } from './read.ts';
import { UsageError } from './usage.ts';

/** The cluster file that is used when none is named. */
export const defaultFile = 'k8s-ha.yaml';

export interface GlobalOptions {
  readonly sshConfig?: string;
}

export function globalOptions(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

export type OutputFormat = 'text' | 'json';

/** Ctrl-C once: stop at the next safe point. Twice: stop now. */
export function interruptible(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    tell('stopping at the next safe point; interrupt again to stop at once');
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // The terminal hung up: nobody can ask a second time, so it always ends at a safe point.
  process.on('SIGHUP', () => controller.abort());
  return controller.signal;
}

/**
 * For a command that looks until it is told to end: the first Ctrl-C ends it, without a word and with 0, which is how it ends. Called
 * before anything is read, so that the exit code does not depend on when.
 */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

/** A little more than `load` accepts, so that a huge file costs nothing. */
const mostBytes = 2 ** 21;

export async function readCluster(
  file: string,
): Promise<{ spec: ClusterSpec | undefined; findings: readonly Finding[] }> {
  const { decode, loadFile } = await import('../../cluster-file.ts');
  let bytes: Uint8Array;
  try {
    bytes = readUpTo(file, mostBytes);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT')
      throw new UsageError(
        `there is no file ${file}`,
        'Write one with `k8s-ha init`, or name another: `k8s-ha check FILE`.',
      );
    if (code === 'EISDIR') throw new UsageError(`${file} is a folder`, 'Name the cluster file.');
    throw new UsageError(`${file} cannot be read: ${errorText(error)}`);
  }
  const text = decode(bytes, file);
  if (!text.ok) return { spec: undefined, findings: [text.error] };
  const { spec, findings } = loadFile(text.value, file);
  if (spec?.keepalived.hmacKey) {
    const { readHmacKey } = await import('./hmac-key.ts');
    const key = await readHmacKey(spec.keepalived.hmacKey.file, file);
    if (!key.ok) return { spec: undefined, findings: [...findings, key.error] };
    const signing = { ...spec.keepalived, hmacKey: { ...spec.keepalived.hmacKey, key: key.value } };
    return withAddons({ ...spec, keepalived: signing }, findings, file);
  }
  return withAddons(spec, findings, file);
}

async function withAddons(
  spec: ClusterSpec | undefined,
  findings: readonly Finding[],
  file: string,
): Promise<{ spec: ClusterSpec | undefined; findings: readonly Finding[] }> {
  if (!spec?.addons) return { spec, findings };
  const { readAddons } = await import('./addons.ts');
  const objects = await readAddons(spec.addons.dir, file);
  if (!objects.ok) return { spec: undefined, findings: [...findings, ...objects.error] };
  return { spec: { ...spec, addons: { ...spec.addons, objects: objects.value } }, findings };
}

/** Loads the cluster file for a command that needs it; findings are shown, errors end the command. */
export async function loadCluster(file: string): Promise<ClusterSpec | undefined> {
  const { spec, findings } = await readCluster(file);
  await tellFindings(findings.filter(({ severity }) => severity !== 'info'));
  return spec;
}

/** Loads all files; undefined when one has errors, which are shown. */
export async function loadClusters(files: readonly string[]): Promise<readonly ClusterSpec[] | undefined> {
  const specs: ClusterSpec[] = [];
  for (const file of files) {
    const spec = await loadCluster(file);
    if (!spec) return undefined;
    if (specs.some(({ name }) => name === spec.name))
      throw new UsageError(
        `two of the files describe a cluster "${spec.name}"`,
        'Give each cluster a name of its own.',
      );
    specs.push(spec);
  }
  return specs;
}

/** @param cluster whose they are, where there are several */
export async function tellFindings(findings: readonly Finding[], cluster?: string): Promise<void> {
  if (findings.length === 0) return;
  if (cluster !== undefined) tell(`${cluster}:`);
  const { findingsText } = await import('../../cluster-file.ts');
  tell(findingsText(findings, { color: wantsColor(process.stderr) }));
}

/** Connects to a node that the cluster file does not name any more. */
export type ReachMember = (member: Member) => StreamingHost;

/** Runs with hosts for every node and closes their connections whatever happens. */
export async function withHosts<T>(
  spec: ClusterSpec,
  options: GlobalOptions,
  use: (hosts: readonly StreamingHost[], reach: ReachMember) => Promise<T>,
): Promise<T> {
  const { memberHost, sshHosts } = await import('../../index.ts');
  const configFile = options.sshConfig;
  const hosts = sshHosts(spec, { configFile });
  const others = new Map<string, StreamingHost>();
  const reach: ReachMember = (member) => {
    const host = others.get(member.address) ?? memberHost(spec, member, { configFile });
    others.set(member.address, host);
    return host;
  };
  try {
    return await use(hosts, reach);
  } finally {
    await Promise.all([...hosts, ...others.values()].map(async (host) => host.close()));
  }
}

/**
 * Looks once at every node of every cluster, side by side, with a bound on the connections.
 * @returns what came of each, in the order of the clusters
 */
export async function lookAtAll<T>(
  specs: readonly ClusterSpec[],
  options: GlobalOptions,
  look: (spec: ClusterSpec, hosts: readonly Host[], reach: (member: Member) => Host) => Promise<T>,
): Promise<T[]> {
  const { createTurns, inTurn, memberHostOnce, sshHostsOnce } = await import('../../status.ts');
  const turns = createTurns();
  const configFile = options.sshConfig;
  return Promise.all(
    specs.map(async (spec) =>
      look(
        spec,
        sshHostsOnce(spec, { configFile }).map((host) => inTurn(host, turns)),
        (member) => inTurn(memberHostOnce(spec, member, { configFile }), turns),
      ),
    ),
  );
}
