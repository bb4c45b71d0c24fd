import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { imageDir } from '../base/cache.ts';
import { cgroupsOf, processesIn } from './cgroups.ts';
import { installMachine } from '../kubernetes/create.ts';
import { machineFiles } from '../kubernetes/machine-files.ts';
import { podmanFiles, sharedStore } from '../base/container-image.ts';
import { guestFiles } from '../control-plane.ts';
import { removeLeftovers } from '../leftovers.ts';
import { boot, installNode, installStandIn, leaderOf, mountRoot, nodeBinds } from './machines.ts';
import { cutArgv, plugIn, unplug } from './network.ts';
import { guest, netnsDir } from '../paths.ts';
import { problem, stop } from '../problem.ts';
import { all, type Runner } from '../process.ts';
import type { LabNode, LabState } from '../state.ts';

/** When a node lost its power, in nanoseconds of the host's monotonic clock (`process.hrtime.bigint()`). */
export interface PowerLoss {
  /** Just before its cable was cut. */
  readonly cutBegan: bigint;
  /** The cable is cut: nothing that the node sends arrives any more. */
  readonly cutDone: bigint;
  /** All its processes and its network are gone. */
  readonly dead: bigint;
}

/**
 * Takes a node's power away: the cable is cut at the bridge, then everything in the node is killed, then its network is
 * deleted, so that no kernel answers for its addresses. What it had written stays on its disk.
 */
export async function powerOff(runner: Runner, node: LabNode): Promise<PowerLoss> {
  const cutBegan = process.hrtime.bigint();
  await runner.run(cutArgv(runner.lab, node.name));
  const cutDone = process.hrtime.bigint();
  for (const pid of processesIn(cgroupsOf(runner.lab, node.name)))
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it ended with the machine's init
    }
  await unplug(runner, node.name);
  const left = await removeLeftovers({ lab: runner.lab, node: node.name });
  if (left.processes.length > 0)
    throw stop(
      problem('power-off', `${node.name} would not die: processes ${left.processes.join(', ')}`, { node: node.name }),
    );
  return { cutBegan, cutDone, dead: process.hrtime.bigint() };
}

/** True when the node runs and is still in the network namespace of its name. */
export function hasPower(lab: string, node: LabNode): boolean {
  return leaderOf(lab, node.name) !== undefined && existsSync(join(netnsDir, node.namespace));
}

/** Boots a node from its disk with a new network; a node that runs is left alone. */
export async function powerOn(runner: Runner, state: LabState, node: LabNode): Promise<void> {
  if (hasPower(runner.lab, node)) return;
  await removeLeftovers({ lab: runner.lab, node: node.name });
  await unplug(runner, node.name);
  await all([mountRoot(runner, node.name, imageOf(state, node)), plugIn(runner, node.name, node)]);
  await bootNode(runner, state, node);
}

/** Boots a node whose disk and network are there. */
export async function bootNode(runner: Runner, state: LabState, node: LabNode): Promise<void> {
  const binds = [
    ...(await nodeBinds(runner, imageOf(state, node), state.kubernetes?.dir)),
    ...(state.machine ? [[state.machine.dir, guest.machine] as const] : []),
    ...(state.machine?.next ? [[state.machine.next.dir, guest.next] as const] : []),
    ...(state.podman ? [[sharedStore(state.podman.store), guest.containers] as const] : []),
  ];
  return boot(runner, node.name, binds, { containers: state.machine !== undefined });
}

function imageOf(state: LabState, node: LabNode): string {
  return imageDir(node.image ?? state.image);
}

/** Makes a new node's disk and its network; it does not run yet. */
export async function createNode(runner: Runner, state: LabState, node: LabNode, apiServerDir: string): Promise<void> {
  const standIn = state.kubernetes === undefined;
  await all([
    mountRoot(runner, node.name, imageOf(state, node)).then(async () => {
      await installNode(runner.lab, node.name, [
        ...guestFiles(node, state.nodes, machineIdOf(state, node), standIn),
        ...(state.machine ? machineFiles(node, state.nodes, state.machine.pauseImage) : []),
        ...(state.podman ? podmanFiles : []),
      ]);
      if (state.machine) await installMachine(runner.lab, node.name);
      if (standIn) await installStandIn(runner.lab, node.name, apiServerDir);
    }),
    plugIn(runner, node.name, node),
  ]);
}

/** machine-id(5): 32 hexadecimal digits, different in each node of each lab. */
function machineIdOf(state: LabState, node: LabNode): string {
  return createHash('sha256').update(`${state.created} ${state.name} ${node.name}`).digest('hex').slice(0, 32);
}
