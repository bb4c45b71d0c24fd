import { retireCommand } from '../../src/act/rollout/commands/services.ts';
import { stageCommand } from '../../src/act/rollout/commands/files.ts';
import { certificateCommand } from '../../src/act/rollout/commands/certificate.ts';
import { leverCommand } from '../../src/act/rollout/commands/levers.ts';
import { removeCommand } from '../../src/act/rollout/commands/remove.ts';
import { blockedBy, type LockOwner } from '../../src/cluster/lock.ts';
import type { Command } from '../../src/core/command.ts';
import { paths } from '../../src/node/paths.ts';
import type { FileChange, NodePlan } from '../../src/plan/model.ts';
import { type NodeFileSet } from '../../src/render/render.ts';
import { fakeSpec } from '../fakes/spec.ts';

export const ours = owner('0123456789abcdef');
export const theirs = owner('fedcba9876543210');

export function change(set: NodeFileSet, before?: NodeFileSet): readonly FileChange[] {
  return set.files.map((wanted): FileChange => {
    const old = before?.files.find(({ path }) => path === wanted.path);
    return { path: wanted.path, action: old ? 'update' : 'create', wanted, before: old, diff: '' };
  });
}

export function visit(node: string, changes: readonly FileChange[], overrides: Partial<NodePlan> = {}): NodePlan {
  return {
    node,
    kind: 'change',
    packages: [],
    images: [],
    changes,
    levers: [],
    haproxy: 'start',
    keepalived: 'start',
    addons: 'none',
    guard: 'none',
    reloadUnits: true,
    drain: false,
    undrain: false,
    effect: '',
    ...overrides,
  };
}

/** One step of each kind. */
export function stepsOf(set: NodeFileSet): readonly Command[] {
  return [
    stageCommand(ours.token, change(set)),
    leverCommand('pull', ours.token, paths.drain, { by: 'rollout', token: ours.token, owner: 'ada' }),
    retireCommand(ours.token),
    removeCommand(ours.token, [], undefined),
    certificateCommand(fakeSpec(), ours.token),
  ];
}

function owner(token: string): LockOwner {
  return {
    token,
    owner: 'ada',
    machine: 'laptop',
    process: { machineId: 'm', bootId: 'b', pidNamespace: 'p', pid: 7, startTicks: 9 },
    action: { verb: 'apply' },
    blocks: blockedBy({ verb: 'apply' }),
    since: 0,
  };
}
