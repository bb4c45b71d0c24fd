import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasErrors, type Finding } from '../core/finding.ts';
import { err, ok, type Result } from '../core/result.ts';
import { imageDir, removeImages, removeUnfinishedImages } from './base/cache.ts';
import { createLab } from './create.ts';
import { findBinaries, type BinariesOptions } from './kubernetes/binaries.ts';
import { findMachinePrograms } from './kubernetes/machine-programs.ts';
import type { Binaries } from './kubernetes/releases.ts';
import { removeLeftovers } from './leftovers.ts';
import { refuseOther } from './kind.ts';
import { withLock } from './lock.ts';
import { leaderOf } from './machine/machines.ts';
import { bridgeMember, clientMember, isLabName, namespaceOf } from './names.ts';
import { createNetwork } from './machine/network.ts';
import type { UpOptions } from './options.ts';
import { labPaths, netnsDir } from './paths.ts';
import { hasPower, powerOff, powerOn, type PowerLoss } from './machine/power.ts';
import { checkPrivilege, preflight } from './preflight.ts';
import { findingsOf, problem, stop } from './problem.ts';
import { all, createRunner, type Runner } from './process.ts';
import { answersSsh, readiness, sshArgv, waitReady } from './machine/ready.ts';
import { clientPrefix } from './machine/ssh.ts';
import { imagesInUse, imagesOf, labNames, readState, type LabNode, type LabState } from './state.ts';

export { labHome } from './paths.ts';
export type { UpOptions } from './options.ts';
export { labNames } from './state.ts';
export { guest } from './paths.ts';
export type { BinarySource } from './kubernetes/binaries.ts';
export { labPaths } from './paths.ts';
export { nodeNames } from './names.ts';
export { nodeAddresses, type LabFamily } from './machine/network.ts';
export type { LabNode, LabState } from './state.ts';
export type { PowerLoss } from './machine/power.ts';

export type LabResult<T> = Promise<Result<T, readonly Finding[]>>;

export interface NodeStatus extends LabNode {
  readonly power: 'on' | 'off';
  /** Id of its init on the host. */
  readonly leader: number | undefined;
  readonly ssh: boolean;
  /** What its API server answers to /readyz: `ok`, or why not. */
  readonly apiServer: string;
}

export interface LabStatus extends LabState {
  readonly statuses: readonly NodeStatus[];
}

/** Where the compiled stand-in API server is, also when the lab itself runs from its TypeScript sources. */
const apiServerDir = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../dist/lab/api-server/' : './api-server/', import.meta.url),
);

/** Turns what stopped an operation, or an abort, into findings; a programmer's error goes on as an exception. */
async function guarded<T>(name: string, work: () => Promise<T>, signal?: AbortSignal): LabResult<T> {
  if (!isLabName(name))
    return err([
      problem('name', `"${name}" cannot be a lab's name`, {
        suggestion: 'Use up to 24 lower-case letters, digits and dashes, beginning with a letter.',
      }),
    ]);
  const findings = checkPrivilege();
  if (hasErrors(findings)) return err(findings);
  try {
    return ok(await work());
  } catch (error) {
    const found = findingsOf(error) ?? (signal?.aborted ? [problem('aborted', 'stopped on request')] : undefined);
    if (found) return err(found);
    throw error;
  }
}

/**
 * Brings a lab up: nodes, client, etcd and API servers, all ready. On a lab that runs it boots what is not running,
 * including nodes whose power was taken, and changes nothing else. A lab whose `up` was interrupted is created again.
 */
export function labUp(options: UpOptions = {}): LabResult<LabState> {
  const { name = 'lab', signal, onProgress = () => undefined } = options;
  const up = async (): Promise<LabState> => {
    const runner = createRunner(name, signal);
    const findings = await preflight(runner, options, apiServerDir);
    if (hasErrors(findings)) throw stop(...findings);
    return exclusively(name, options, async () => {
      const state = await readState(name);
      if (state?.ready && imagesOf(state).every((image) => existsSync(imageDir(image))))
        return repair(runner, state, options);
      if (state) onProgress('Removing what an interrupted start left');
      await clear(name);
      try {
        return await createLab(runner, options, apiServerDir);
      } catch (error) {
        await clear(name);
        throw error;
      }
    });
  };
  return guarded(name, up, signal);
}

function exclusively<T>(name: string, { signal, onProgress }: UpOptions, work: () => Promise<T>): Promise<T> {
  const onWait = (pid: string): void => onProgress?.(`Waiting for process ${pid}, which works on the lab "${name}"`);
  return withLock(`lab/${name}`, work, { signal, onWait });
}

/** Removes a lab and looks whether it is gone. */
async function clear(name: string): Promise<void> {
  const left = await removeLeftovers({ lab: name });
  const list = Object.entries(left).flatMap(([kind, found]: [string, readonly unknown[]]) =>
    found.length === 0 ? [] : [`${kind} ${found.join(', ')}`],
  );
  if (list.length > 0)
    throw stop(
      problem('leftovers', `the lab "${name}" could not be removed completely; left are ${list.join('; ')}`, {
        suggestion: 'See which processes use them (fuser, lsof), end those, and run the command again.',
      }),
    );
}

/** Boots what is not running, after a loss of power or a restart of the host; disks are as they were. */
async function repair(runner: Runner, state: LabState, options: UpOptions): Promise<LabState> {
  const { name, nodes } = state;
  refuseOther(state, options);
  const members = [clientMember, bridgeMember];
  if (members.some((member) => !existsSync(join(netnsDir, namespaceOf(name, member))))) {
    for (const member of [...nodes.map((node) => node.name), ...members])
      await removeLeftovers({ lab: name, node: member });
    await createNetwork(runner, state.client);
  }
  const off = nodes.filter((node) => !hasPower(name, node));
  if (off.length > 0) options.onProgress?.(`Booting ${off.map((node) => node.name).join(', ')}`);
  await all(off.map((node) => powerOn(runner, state, node)));
  await all(nodes.map((node) => waitReady(runner, state, node)));
  return state;
}

/** Takes a lab down, whole or half made, and removes everything of it; no error when there is none. */
export function labDown(
  name = 'lab',
  options: {
    readonly images?: boolean;
    readonly signal?: AbortSignal;
    readonly onProgress?: (text: string) => void;
  } = {},
): LabResult<undefined> {
  return guarded(
    name,
    async () => {
      await exclusively(name, options, () => clear(name));
      await (options.images ? removeImages(imagesInUse) : removeUnfinishedImages());
      return undefined;
    },
    options.signal,
  );
}

async function existing(name: string): Promise<LabState> {
  const state = await readState(name);
  if (state?.ready) return state;
  const names = await labNames();
  throw stop(
    problem('none', state ? `the lab "${name}" is not complete` : `there is no lab "${name}"`, {
      suggestion: names.length > 0 && !state ? `There are: ${names.join(', ')}.` : 'Bring it up first.',
    }),
  );
}

/** What is remembered of a lab that was brought up. */
export function labState(name = 'lab'): LabResult<LabState> {
  return guarded(name, () => existing(name));
}

/** Asks every node whether it runs, answers ssh and has a ready API server. */
export function labStatus(name = 'lab'): LabResult<LabStatus> {
  return guarded(name, async () => {
    const state = await existing(name);
    const runner = createRunner(name);
    const statuses = await all(
      state.nodes.map(async (node): Promise<NodeStatus> => {
        const leader = hasPower(name, node) ? leaderOf(name, node.name) : undefined;
        if (leader === undefined) return { ...node, power: 'off', leader, ssh: false, apiServer: 'off' };
        const [ssh, apiServer] = await Promise.all([answersSsh(runner, node), readiness(runner, node)]);
        return { ...node, power: 'on', leader, ssh, apiServer };
      }),
    );
    return { ...state, statuses };
  });
}

function nodeOf(state: LabState, name: string): LabNode {
  const node = state.nodes.find((one) => [one.name, one.address, one.secondAddress].includes(name));
  if (node) return node;
  throw stop(
    problem('no-such-node', `the lab "${state.name}" has no node "${name}"`, {
      suggestion: `Its nodes are ${state.nodes.map((one) => one.name).join(', ')}.`,
    }),
  );
}

/**
 * Takes a node's power away at once, with the times on the monotonic clock at which that took effect. Only reads state
 * before the cable is cut, so that it can be used in a timed drill.
 */
export function labPowerOff(name: string, node: string): LabResult<PowerLoss> {
  return guarded(name, async () => {
    const state = await existing(name);
    return powerOff(createRunner(name), nodeOf(state, node));
  });
}

/** Gives a node its power back and waits until it answers ssh and its API server is ready. */
export function labPowerOn(name: string, node: string, signal?: AbortSignal): LabResult<undefined> {
  return guarded(
    name,
    async () => {
      const state = await existing(name);
      const runner = createRunner(name, signal);
      await exclusively(name, signal ? { signal } : {}, () => powerOn(runner, state, nodeOf(state, node)));
      await waitReady(runner, state, nodeOf(state, node));
      return undefined;
    },
    signal,
  );
}

/** Kubernetes' programs, found, fetched or built as for a lab, without making one; for `kubeadm` those of its machines too. */
export function labPrograms(
  { kubeadm = false, ...options }: BinariesOptions & { readonly kubeadm?: boolean },
  signal?: AbortSignal,
): LabResult<Binaries> {
  const runner = createRunner('programs', signal);
  return guarded(
    'programs',
    async () => {
      const binaries = await findBinaries(runner, options);
      if (kubeadm) await findMachinePrograms(runner, binaries, options.onProgress);
      return binaries;
    },
    signal,
  );
}

/** How to run a command in the lab's client: its network, the host's files. */
export function labClient(name = 'lab'): { readonly argvPrefix: readonly string[]; readonly sshConfig: string } {
  return {
    argvPrefix: clientPrefix(name),
    sshConfig: labPaths(name).sshConfigInClient,
  };
}

/** Command that logs in to a node, as root, or runs `command` there. */
export function labSsh(name: string, node: string, command: readonly string[] = []): readonly string[] {
  return sshArgv(name, node, command);
}
