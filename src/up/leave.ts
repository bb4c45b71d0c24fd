import { vipsOf } from '../act/rollout/leave.ts';
import { removeCommand } from '../act/rollout/commands/remove.ts';
import { attempt, failureOf } from '../act/rollout/step.ts';
import type { Command } from '../core/command.ts';
import type { Finding } from '../core/finding.ts';
import { forgetCommand } from './commands.ts';
import { drainCommand, endApiServerCommand, removeMemberCommand, takeDownCommand } from './leave-commands.ts';
import type { UpStep } from './model.ts';
import { serves } from './plan.ts';
import { ended, nobodyServes, type Making } from './steps.ts';

/**
 * Takes a node out of the cluster. Its object goes last: as long as it is there, the next run knows what is to be finished.
 * Where its machine is asked: its pods go elsewhere, its API server ends, etcd forgets its member, and kubeadm's files go.
 */
export async function leave(making: Making, { node = '' }: UpStep): Promise<readonly Finding[]> {
  const { rollout, views, leavers } = making;
  const { spec, owner } = rollout;
  const { token } = owner;
  const leaver = leavers.find((each) => each.node === node);
  const source = views.find((view) => serves(view) && view.node !== leaver?.machine);
  const from = source && spec.nodes.find(({ name }) => name === source.node);
  if (!leaver || !from) return [nobodyServes(node)];
  const { machine, seen } = leaver;
  const there = leaver.remains === 'node';

  if (there && seen?.running === true) {
    const waited = await ended(making, { kind: 'wait', node: machine });
    if (waited.length > 0) return waited;
  }
  const drains = there && seen?.joined !== undefined && seen.begun === undefined;
  const ends = there && seen?.controlPlane === true;
  const members = source.seen.etcd.known ? source.seen.etcd.value.filter(({ name }) => name === node) : [];
  const steps: readonly LeaveAct[] = [
    ...(drains ? [{ on: from.name, command: drainCommand(token, spec, from, node) }] : []),
    ...(ends ? [{ on: machine, command: endApiServerCommand(token, spec) }] : []),
    ...members.map((member) => ({ on: from.name, command: removeMemberCommand(token, spec, member) })),
    // HAProxy of a worker; and what a rollout of the endpoint that was killed in the middle has left there.
    ...(there ? [{ on: machine, command: removeCommand(token, vipsOf(rollout), undefined), takesLock: true }] : []),
    ...(there ? [{ on: machine, command: takeDownCommand(token, { farewell: true }) }] : []),
    { on: from.name, command: forgetCommand(token, spec, from, node) },
  ];
  for (const { on, command, takesLock = false } of steps) {
    const problems = failureOf(await attempt(rollout, on, command), 'leave-failed', again);
    const locked = problems.length === 0 && takesLock ? await making.lockAgain() : [];
    if (problems.length > 0 || locked.length > 0) return [...problems, ...locked];
  }
  return [];
}

interface LeaveAct {
  readonly on: string;
  readonly command: Command;
  /** The lock of the machine goes with what the command removes. */
  readonly takesLock?: boolean;
}

const again = 'Fix the cause and run it again; what is done stays done.';
