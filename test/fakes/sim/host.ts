import type { Command, CommandResult } from '../../../src/core/command.ts';
import type { Host } from '../../../src/host/host.ts';
import { guardExit, lockText } from '../../../src/node/lock.ts';
import type { KubeadmIntent } from '../../../src/node/intent/kubernetes.ts';
import type { NodeIntent, StepIntent } from '../../../src/node/intent.ts';
import { paths } from '../../../src/node/paths.ts';
import type { SimCluster } from './cluster.ts';
import { foreignSections } from './former.ts';
import { carryOutAway } from './away.ts';
import { carryOutRestore, carryOutSnapshot, etcdSections, readChunk } from './etcd.ts';
import { carryOutKubeadm, kubeadmSections, leaseOf, progressSections } from './kubeadm.ts';
import { contentOf, loadedShape, write, type SimNode } from './node.ts';
import { encode, fileText, observation, type Section } from './observation.ts';
import { carryOutRenewal, certificateSections } from './certificates.ts';
import { carryOutDrill } from './faults.ts';
import { carryOut, historyFiles, refused, type Ending } from './steps.ts';
import { carryOutVersion, versionProgress, versionSections } from './version.ts';

/** Thrown into an operator's run that is killed: nothing of it goes on, not even what it would clean up. */
export class Killed extends Error {}

/** One run of the tool, as the simulated nodes see it. */
export interface Run {
  /** Commands that nodes have carried out so far, and that change something. */
  changes: number;
  /** Called when a node has carried out one of them. */
  readonly onChanged: () => void;
  /** What was killed sends nothing more. */
  dead: boolean;
  /** Commands that were sent before it was killed are still carried out. */
  readonly orphans: boolean;
  /** A run that is frozen sends its next command when this is settled. */
  frozen: Promise<unknown> | undefined;
}

const reading = new Set<NodeIntent['kind']>([
  'observe',
  'read-history',
  'ask-packages',
  'look-foreign',
  'look-kubeadm',
  'look-version',
  'ask-kubeadm',
  'look-etcd',
  'look-certificates',
  'read-chunk',
  'ask-lease',
  'ask-fault',
  'locate-fault',
  'read-ca',
]);

const lookMs = 300;
const stepMs = 40;

/** A host that carries out what commands intend on a simulated node. It reads no shell. */
export function simHost(cluster: SimCluster, node: SimNode, run: Run): Host {
  return {
    name: node.name,
    close: async () => undefined,
    run: async (command, { signal } = {}): Promise<CommandResult> => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what node/intent.ts made, and nothing else makes
      const intent = command.intent as NodeIntent | undefined;
      if (!intent) throw new Error(`"${command.summary}" carries no intent`);
      await run.frozen;
      if (run.dead) throw new Killed();
      if (signal?.aborted === true) return failed(command, 'aborted', 'it was interrupted');
      await cluster.clock.sleep(intent.kind === 'observe' ? lookMs : stepMs);
      if (run.dead && !run.orphans) throw new Killed();
      if (!node.up || !node.reachable || node.machine.linkDown)
        return failed(command, 'unreachable', `${node.name} does not answer`);
      const ending = answer(cluster, node, intent, command);
      cluster.log.push({ atMs: cluster.clock.monotonicMs(), node: node.name, intent, command, run, rc: ending.rc });
      if (!reading.has(intent.kind)) changed(run);
      if (run.dead) throw new Killed();
      return { command, rc: ending.rc, stdout: ending.stdout ?? '', stderr: ending.stderr ?? '' };
    },
  };
}

export function changed(run: Run): void {
  run.changes += 1;
  if (!run.dead) run.onChanged();
}

function failed(command: Command, kind: 'unreachable' | 'aborted', message: string): CommandResult {
  return { command, rc: undefined, stdout: '', stderr: '', failure: { kind, message } };
}

function answer(cluster: SimCluster, node: SimNode, intent: NodeIntent, { stdin }: Command): Ending {
  const { nodes, clock, cut } = cluster;
  switch (intent.kind) {
    case 'observe':
      return {
        rc: 0,
        // The operator's side asks its own clock, which is no virtual one.
        stdout: observation(node, nodes, cut, { nowMs: clock.monotonicMs(), epochMs: Date.now() }, intent),
      };
    case 'lock':
      return lock(node, intent);
    case 'unlock':
      if (contentOf(node, paths.lock).includes(`"token":"${intent.token}"`)) node.files.delete(paths.lock);
      return { rc: 0 };
    case 'step':
      return guarded(cluster, node, intent);
    case 'server':
      return server(node, intent);
    case 'read-history':
      return { rc: 0, stdout: history(node) };
    case 'ask-packages':
      return { rc: 0, stdout: packages(node, intent) };
    case 'look-foreign':
      return { rc: 0, stdout: encode(foreignSections(node)) };
    case 'look-kubeadm':
      return { rc: 0, stdout: kubeadmSections(node, nodes) };
    case 'ask-lease':
      return { rc: 0, stdout: leaseOf(nodes, intent.node, clock.monotonicMs()) };
    case 'ask-kubeadm':
      return { rc: 0, stdout: node.machine.version ? versionProgress(node) : progressSections(node) };
    case 'look-version':
      return { rc: 0, stdout: versionSections(node, nodes, clock.monotonicMs()) };
    case 'look-certificates':
      return { rc: 0, stdout: certificateSections(node) };
    case 'look-etcd':
      return { rc: 0, stdout: etcdSections(node, nodes) };
    case 'read-chunk':
      return readChunk(node, intent.path, intent.offset, intent.bytes);
    case 'snapshot-etcd':
    case 'receive-chunk':
      return carryOutSnapshot(node, nodes, intent, { stdin, epochMs: clock.epochMs() });
    default:
      return carryOutDrill(node, nodes, intent, { nowMs: clock.monotonicMs(), epochMs: clock.epochMs() });
  }
}

function lock(node: SimNode, { owner, takeOver }: Extract<NodeIntent, { kind: 'lock' }>): Ending {
  const present = node.files.get(paths.lock)?.content.trim();
  if (present !== undefined && present !== takeOver) return { rc: 1, stdout: present };
  write(node, paths.lock, `${lockText(owner)}\n`);
  return { rc: 0 };
}

function guarded(cluster: SimCluster, node: SimNode, { token, step }: Extract<NodeIntent, { kind: 'step' }>): Ending {
  const present = node.files.get(paths.lock)?.content;
  if (present === undefined) return refused('the node has no lock any more', guardExit.lockGone);
  if (!present.includes(`"token":"${token}"`))
    return refused('the lock on the node is no longer ours', guardExit.lockLost);
  const nowMs = cluster.clock.monotonicMs();
  if (isKubeadm(step)) return carryOutKubeadm(node, cluster.nodes, step, nowMs);
  if (step.kind === 'away') return carryOutAway(node, step, nowMs);
  if (step.kind === 'version') return carryOutVersion(node, cluster.nodes, step, nowMs);
  if (step.kind === 'restore-etcd') return carryOutRestore(node, step);
  if (step.kind === 'renew') return carryOutRenewal(node, step);
  return carryOut(node, step, nowMs);
}

const kubeadmKinds: ReadonlySet<string> = new Set<KubeadmIntent['kind']>([
  'kubeadm',
  'kubeadm-credentials',
  'forget-node',
  'drain-node',
  'point-kubelet',
  'end-api-server',
  'remove-etcd-member',
]);

function isKubeadm(step: StepIntent): step is KubeadmIntent {
  return kubeadmKinds.has(step.kind);
}

function server(node: SimNode, { server: name, state }: Extract<NodeIntent, { kind: 'server' }>): Ending {
  if (!node.services.haproxy.active) return refused('Connection refused');
  if (loadedShape(node)?.members.some((member) => member.name === name) !== true) return refused('No such server.');
  if (state === 'drain') node.drainedServers.add(name);
  else node.drainedServers.delete(name);
  return { rc: 0 };
}

function history(node: SimNode): string {
  const sections = historyFiles(node).map((path): Section => {
    const file = node.files.get(path);
    const about = path.endsWith('/about');
    return {
      name: `${about ? 'about' : 'file'}:${path}`,
      rc: 0,
      text: about || !file ? contentOf(node, path) : fileText(file),
    };
  });
  return encode(sections);
}

function packages(node: SimNode, { names, to }: Extract<NodeIntent, { kind: 'ask-packages' }>): string {
  return encode([
    { name: 'update', rc: 0, text: '' },
    ...names.flatMap((name): Section[] => {
      const available = node.available.get(name) ?? [];
      const target = to === undefined ? available.at(-1) : available.find((version) => version === to);
      const installed = node.packages.get(name);
      return [
        { name: `installed:${name}`, rc: 0, text: installed ?? '' },
        { name: `target:${name}`, rc: 0, text: target ?? '' },
        { name: `available:${name}`, rc: 0, text: available.join('\n') },
        { name: `newer:${name}`, rc: target !== undefined && target !== installed ? 0 : 1, text: '' },
      ];
    }),
  ]);
}
