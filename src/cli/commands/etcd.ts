import { basename, join } from 'node:path';
import { Command, Option } from 'commander';
import { errorText } from '../../core/error.ts';
import type { ClusterSpec, Host, Pieces, Snapshot } from '../../index.ts';
import { confirmByWord } from '../shared/ask.ts';
import {
  globalOptions,
  interruptible,
  loadCluster,
  tellFindings,
  withHosts,
  type OutputFormat,
} from '../shared/context.ts';
import { breakLockOption, fileArgument, outputOption, yesOption } from '../shared/options.ts';
import { print, printJson, tell } from '../shared/output.ts';
import { digestOf, piecesOfFile, writePieces } from '../shared/pieces.ts';
import { UsageError } from '../shared/usage.ts';
import { makeFolder, writing } from '../shared/write.ts';

interface SnapshotFlags {
  readonly node?: string;
  readonly to?: string;
  readonly output: OutputFormat;
}

interface RestoreFlags {
  readonly snapshot: string;
  readonly again: boolean;
  readonly yes: boolean;
  readonly breakLock: boolean;
  readonly output: OutputFormat;
}

export function etcdCommand(): Command {
  const etcd = new Command('etcd')
    .description('snapshots of the etcd that kubeadm runs on the control-plane nodes, and their restore')
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha etcd snapshot prod.yaml --to backups\n  k8s-ha etcd restore prod.yaml --snapshot backups/prod-etcd-20261129T031500Z.db',
    );
  etcd.addCommand(snapshotCommand());
  etcd.addCommand(restoreCommand());
  return etcd;
}

function snapshotCommand(): Command {
  return new Command('snapshot')
    .description('take a snapshot of etcd now, check it, and copy it to this machine if a folder is named')
    .addArgument(fileArgument())
    .option('--node <name>', 'whose member; one that answers and does not lead by default')
    .option('--to <folder>', 'also copy it into this folder, readable by you alone: it has all Secrets of the cluster')
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha etcd snapshot prod.yaml\n  k8s-ha etcd snapshot prod.yaml --to backups -o json\n\nIt holds every write that was acknowledged before it began, and stays on the node in /var/lib/k8s-ha-etcd/snapshots.',
    )
    .action(async (file: string, flags: SnapshotFlags, command: Command) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      if (flags.node !== undefined) nodeOf(spec, flags.node);
      const signal = interruptible();
      await withHosts(spec, globalOptions(command), async (hosts) => takeOne(spec, hosts, flags, signal));
    });
}

async function takeOne(
  spec: ClusterSpec,
  hosts: readonly Host[],
  flags: SnapshotFlags,
  signal: AbortSignal,
): Promise<void> {
  const { takeSnapshot } = await import('../../index.ts');
  const taken = await takeSnapshot(spec, { hosts, node: flags.node, signal });
  if (!taken.ok) {
    await tellFindings(taken.error);
    if (flags.output === 'json') printJson({ schemaVersion: 1, findings: taken.error });
    return;
  }
  const { node, path, status } = taken.value;
  const copied = flags.to === undefined ? undefined : await copyTo(spec, flags.to, hosts, taken.value);
  process.exitCode = 0;
  if (flags.output === 'json') return printJson({ schemaVersion: 1, ...taken.value, copied, findings: [] });
  print(`${node}:${path}\n  revision ${status.revision}, ${status.keys} keys, ${status.bytes} bytes`);
  if (copied !== undefined) print(`  copied to ${copied}`);
}

async function copyTo(
  spec: ClusterSpec,
  folder: string,
  hosts: readonly Host[],
  { node, path, sha256 }: Snapshot,
): Promise<string> {
  writing(folder, () => makeFolder(folder, 0o700));
  const target = join(folder, `${spec.name}-${basename(path)}`);
  const pieces = await piecesOnNode(spec, hosts, node, basename(path));
  let digest: string;
  try {
    digest = await writePieces(target, pieces);
  } catch (error) {
    throw new UsageError(`${target} was not written: ${errorText(error)}`, `The snapshot is on ${node}: ${path}`);
  }
  if (digest !== sha256)
    throw new UsageError(`${target} is not what ${node} has`, `Copy it again; the snapshot is on ${node}: ${path}`);
  return target;
}

function nodeOf({ nodes }: ClusterSpec, name: string): string {
  if (nodes.some((node) => node.name === name)) return name;
  throw new UsageError(`there is no node "${name}"`, `The nodes are ${nodes.map((node) => node.name).join(', ')}.`);
}

/** A snapshot in a node's folder, by its name; `latest` is the newest. */
async function piecesOnNode(
  spec: ClusterSpec,
  hosts: readonly Host[],
  node: string,
  name: string,
): Promise<Pieces & { readonly takenMs: number }> {
  const { lookAtEtcd, piecesOn } = await import('../../index.ts');
  const host = hosts.find((each) => each.name === nodeOf(spec, node));
  const view = (await lookAtEtcd(spec, hosts)).find((each) => each.node === node);
  if (!host || view?.seen.known !== true)
    throw new UsageError(`${node} cannot be asked${view?.seen.known === false ? `: ${view.seen.reason}` : ''}`);
  const { snapshots } = view.seen.value;
  const found = name === 'latest' ? snapshots[0] : snapshots.find(({ path }) => basename(path) === basename(name));
  if (!found)
    throw new UsageError(
      `${node} has no snapshot ${name}`,
      snapshots.length === 0 ? 'It has none.' : `It has ${snapshots.map(({ path }) => basename(path)).join(', ')}.`,
    );
  return { ...piecesOn(host, found.path, found.bytes), takenMs: found.takenMs };
}

function restoreCommand(): Command {
  return new Command('restore')
    .description('give all etcd members the data of one snapshot; what they had is put aside on the nodes')
    .addArgument(fileArgument())
    .addOption(
      new Option(
        '--snapshot <path>',
        'a file of this machine; NODE:NAME or NODE:latest takes one from the folder of a node',
      ).makeOptionMandatory(),
    )
    .option('--again', 'also where this snapshot is the one that was restored last', false)
    .addOption(yesOption())
    .addOption(breakLockOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      '\nExamples:\n  k8s-ha etcd restore prod.yaml --snapshot backups/prod-etcd-20261129T031500Z.db\n  k8s-ha etcd restore prod.yaml --snapshot cp2:latest\n\nThere is no API while it goes on, and every write since the snapshot is lost. Interrupted anywhere, running it again with the\nsame snapshot finishes it.',
    )
    .action(async (file: string, flags: RestoreFlags, command: Command) => {
      const spec = await loadCluster(file);
      process.exitCode = 1;
      if (!spec) return;
      const signal = interruptible();
      await withHosts(spec, globalOptions(command), async (hosts) => restoreOne(spec, hosts, flags, signal));
    });
}

async function sourceOf(
  spec: ClusterSpec,
  hosts: readonly Host[],
  given: string,
): Promise<Pieces & { readonly takenMs: number }> {
  const { snapshotTakenMs } = await import('../../index.ts');
  const [, node, name] = /^([a-z0-9][a-z0-9.-]*):(.+)$/.exec(given) ?? [];
  if (node !== undefined && name !== undefined) return piecesOnNode(spec, hosts, node, name);
  const file = await piecesOfFile(given);
  return { ...file, takenMs: snapshotTakenMs(given) ?? file.modifiedMs };
}

async function digest(snapshot: Pieces, given: string): Promise<string> {
  try {
    return await digestOf(snapshot);
  } catch (error) {
    throw new UsageError(`${given} cannot be read: ${errorText(error)}`);
  }
}

async function restoreOne(
  spec: ClusterSpec,
  hosts: readonly Host[],
  flags: RestoreFlags,
  signal: AbortSignal,
): Promise<void> {
  const { restoreEtcd, restoreText, restoredText } = await import('../../index.ts');
  const { tellEvent } = await import('../shared/progress.ts');
  const snapshot = await sourceOf(spec, hosts, flags.snapshot);
  const { outcome, plan, findings, notes, measured } = await restoreEtcd(spec, {
    hosts,
    signal,
    snapshot,
    takenMs: snapshot.takenMs,
    sha256: await digest(snapshot, flags.snapshot),
    again: flags.again,
    breakLock: flags.breakLock,
    onEvent: tellEvent,
    confirm: async (planned) => {
      tell(restoreText(planned));
      return confirmByWord('The API goes away until it is done.', spec.name, flags);
    },
  });
  for (const note of notes) tell(note);
  await tellFindings(findings);
  process.exitCode = outcome === 'applied' || outcome === 'unchanged' ? 0 : 1;
  if (flags.output === 'json')
    return printJson({ schemaVersion: 1, outcome, restore: plan?.about.id, ...measured, findings });
  print(`${spec.name}: ${sentences[outcome]}`);
  if (outcome === 'applied') print(restoredText(measured));
}

const sentences = {
  unchanged: 'this snapshot was restored already, and nothing else since; --again restores it once more.',
  applied: 'the snapshot is restored; all members have its data, and all API servers answer.',
  declined: 'declined; nothing was changed.',
  failed: 'not done, or not all of it; see above.',
} as const;
