import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { activateCommand } from '../../src/act/rollout/commands/services.ts';
import { placeCommand, stageCommand } from '../../src/act/rollout/commands/files.ts';
import { assumedFacts } from '../../src/cluster/timers.ts';
import type { Command, CommandResult } from '../../src/core/command.ts';
import type { NodePlan } from '../../src/plan/model.ts';
import { renderNode, type NodeFileSet } from '../../src/render/render.ts';
import { fakeTimers } from '../fakes/spec.ts';
import type { Machine } from './machine.ts';
import { change, ours, visit } from './visits.ts';

/** Files that real programs start with on any machine: few open files, no CA of Kubernetes. */
const facts = { ...assumedFacts, nofile: 4096, caPresent: false };

/** One machine that the cases of a contract share; it is empty again before each of them. */
export interface Session {
  readonly machine: Machine;
  /** Files of the machine's node, and others for it. */
  readonly first: NodeFileSet;
  readonly second: NodeFileSet;
  readonly run: (command: Command) => Promise<CommandResult>;
  /** Runs a command that must succeed. */
  readonly good: (command: Command) => Promise<void>;
  readonly content: (path: string) => Promise<string | undefined>;
  /** Carries a visit out: files beside the old ones, then in their place, then services. */
  readonly visited: (plan: NodePlan, stamp: string) => Promise<NodePlan>;
  /** A visit that brings the node from one set of files, or none, to another. */
  readonly install: (set: NodeFileSet, before?: NodeFileSet) => Promise<NodePlan>;
}

/** Opens the machine before the tests of the surrounding `describe`, and closes it after them. */
export function openSession(open: () => Promise<Machine>): Session {
  let machine: Machine;
  let first: NodeFileSet;
  let second: NodeFileSet;
  beforeAll(async () => {
    machine = await open();
    const [node] = machine.spec.nodes;
    if (!node) throw new Error('no node');
    first = renderNode(machine.spec, node, fakeTimers, facts);
    second = renderNode({ ...machine.spec, haproxy: { extra: '# more\n' } }, node, fakeTimers, facts);
  });
  beforeEach(async () => machine.clean());
  afterAll(async () => machine.close());

  const run = async (command: Command): Promise<CommandResult> => machine.host.run(command);
  const good = async (command: Command): Promise<void> => {
    const { rc, stderr } = await run(command);
    expect({ rc, stderr }, command.summary).toMatchObject({ rc: 0 });
  };
  const visited = async (plan: NodePlan, stamp: string): Promise<NodePlan> => {
    await good(stageCommand(ours.token, plan.changes));
    await good(placeCommand(ours, plan, stamp));
    await good(activateCommand(ours, plan));
    return plan;
  };
  return {
    get machine() {
      return machine;
    },
    get first() {
      return first;
    },
    get second() {
      return second;
    },
    run,
    good,
    content: async (path) => (await machine.file(path))?.content,
    visited,
    install: async (set, before) =>
      visited(
        visit(set.node, change(set, before), before ? { haproxy: 'reload', keepalived: 'reload' } : {}),
        before ? '20260102T000000Z' : '20260101T000000Z',
      ),
  };
}
