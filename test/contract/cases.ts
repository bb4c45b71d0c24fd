import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  activateCommand,
  placeCommand,
  restoreCommand,
  retireCommand,
  stageCommand,
  unstageCommand,
} from '../../src/act/rollout/commands.ts';
import { certificateCommand } from '../../src/act/rollout/certificate.ts';
import { leverCommand } from '../../src/act/rollout/levers.ts';
import { removeCommand } from '../../src/act/rollout/remove-command.ts';
import { blockedBy, type LockOwner } from '../../src/cluster/lock.ts';
import type { Command, CommandResult } from '../../src/core/command.ts';
import { guardExit, lockCommand, lockText, parseLock, unlockCommand } from '../../src/node/lock.ts';
import { parseLever } from '../../src/node/lever.ts';
import { keptLever, paths, yieldFile } from '../../src/node/paths.ts';
import { parseHistory, historyCommand } from '../../src/observe/once/history.ts';
import type { FileChange, NodePlan } from '../../src/plan/model.ts';
import { renderNode, type NodeFileSet } from '../../src/render/render.ts';
import { assumedFacts } from '../../src/cluster/timers.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';
import { drillCases } from './drill.ts';
import type { Machine } from './machine.ts';

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

/** Files that real programs start with on any machine: few open files, no CA of Kubernetes. */
const facts = { ...assumedFacts, nofile: 4096, caPresent: false };

const ours = owner('0123456789abcdef');
const theirs = owner('fedcba9876543210');

function change(set: NodeFileSet, before?: NodeFileSet): readonly FileChange[] {
  return set.files.map((wanted): FileChange => {
    const old = before?.files.find(({ path }) => path === wanted.path);
    return { path: wanted.path, action: old ? 'update' : 'create', wanted, before: old, diff: '' };
  });
}

function visit(node: string, changes: readonly FileChange[], overrides: Partial<NodePlan> = {}): NodePlan {
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
function stepsOf(set: NodeFileSet): readonly Command[] {
  return [
    stageCommand(ours.token, change(set)),
    leverCommand('pull', ours.token, paths.drain, { by: 'rollout', token: ours.token, owner: 'ada' }),
    retireCommand(ours.token),
    removeCommand(ours.token, [], undefined),
    certificateCommand(fakeSpec(), ours.token),
  ];
}

/**
 * What every command that changes a node must do, whoever carries it out: the shell on a real machine, the same shell in a
 * folder, or the simulation by the command's intent.
 */
export function contract(name: string, open: () => Promise<Machine>): void {
  describe(`the contract of a node: ${name}`, () => {
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
    const content = async (path: string): Promise<string | undefined> => (await machine.file(path))?.content;
    const install = async (set: NodeFileSet, before?: NodeFileSet): Promise<NodePlan> => {
      const plan = visit(set.node, change(set, before), before ? { haproxy: 'reload', keepalived: 'reload' } : {});
      await good(stageCommand(ours.token, plan.changes));
      await good(placeCommand(ours, plan, before ? '20260102T000000Z' : '20260101T000000Z'));
      await good(activateCommand(ours, plan));
      return plan;
    };

    const visited = async (plan: NodePlan, stamp: string): Promise<NodePlan> => {
      await good(stageCommand(ours.token, plan.changes));
      await good(placeCommand(ours, plan, stamp));
      await good(activateCommand(ours, plan));
      return plan;
    };
    const unload = (): NodePlan => {
      const changes = change(first, first).map((one): FileChange =>
        one.path === paths.guard ? { ...one, action: 'delete', wanted: undefined } : one,
      );
      return visit(first.node, changes, { guard: 'unload', haproxy: 'none', keepalived: 'none' });
    };

    describe('lock', () => {
      test('is taken once, and says whose it is', async () => {
        await good(lockCommand(ours, undefined));
        expect(parseLock((await content(paths.lock)) ?? '', 0)).toMatchObject({
          token: ours.token,
          action: ours.action,
        });
        const refused = await run(lockCommand(theirs, undefined));
        expect(refused.rc).toBe(1);
        expect(parseLock(refused.stdout.trim(), 0).token).toBe(ours.token);
        expect(await content(paths.lock)).toContain(ours.token);
      });

      test('is taken over only where it still reads as it was seen', async () => {
        await good(lockCommand(ours, undefined));
        expect((await run(lockCommand(theirs, `${lockText(ours)} `))).rc).toBe(1);
        expect(await content(paths.lock)).toContain(ours.token);
        await good(lockCommand(theirs, lockText(ours)));
        expect(await content(paths.lock)).toContain(theirs.token);
      });

      test('is released by its owner alone', async () => {
        await good(lockCommand(ours, undefined));
        await run(unlockCommand(theirs));
        expect(await content(paths.lock)).toContain(ours.token);
        await good(unlockCommand(ours));
        expect(await content(paths.lock)).toBeUndefined();
      });
    });

    describe('guard', () => {
      test('lets no step do anything without a lock', async () => {
        await machine.put(paths.haproxyConfig, 'precious\n');
        for (const command of stepsOf(first)) expect((await run(command)).rc, command.summary).toBe(guardExit.lockGone);
        expect(await content(paths.haproxyConfig)).toBe('precious\n');
        expect(await content(paths.drain)).toBeUndefined();
      });

      test("lets no step do anything under somebody else's lock", async () => {
        await good(lockCommand(theirs, undefined));
        await machine.put(paths.haproxyConfig, 'precious\n');
        for (const command of stepsOf(first)) expect((await run(command)).rc, command.summary).toBe(guardExit.lockLost);
        expect(await content(paths.haproxyConfig)).toBe('precious\n');
        expect(await content(paths.drain)).toBeUndefined();
      });
    });

    describe('files', () => {
      beforeEach(async () => good(lockCommand(ours, undefined)));

      test('are written beside the old ones first, and taken away again', async () => {
        await machine.put(paths.haproxyConfig, 'old\n');
        await good(stageCommand(ours.token, change(first)));
        expect(await content(paths.haproxyConfig)).toBe('old\n');
        for (const { path, mode, content: wanted } of first.files)
          expect(await machine.file(`${path}.k8s-ha-new`)).toEqual({ mode, content: wanted });
        await good(unstageCommand(ours.token));
        expect((await machine.files()).filter((path) => path.endsWith('.k8s-ha-new'))).toEqual([]);
        expect(await content(paths.haproxyConfig)).toBe('old\n');
      });

      test('are put in place byte for byte, and run', async () => {
        await install(first);
        for (const { path, mode, content: wanted } of first.files)
          expect(await machine.file(path), path).toEqual({ mode, content: wanted });
        expect((await machine.files()).filter((path) => path.endsWith('.k8s-ha-new'))).toEqual([]);
        expect(await machine.service('haproxy')).toEqual({ active: true, enabled: true });
        expect(await machine.service('keepalived')).toEqual({ active: true, enabled: true });
      });

      test('that are no longer wanted go, and what was there is kept for a rollback', async () => {
        await install(first);
        const extra = `${paths.haproxyConfig}-extra`;
        await machine.put(extra, 'extra\n', 0o600);
        const gone: FileChange = {
          path: extra,
          action: 'delete',
          wanted: undefined,
          before: { mode: 0o600, content: 'extra\n' },
          diff: '',
        };
        const plan = visit(first.node, [...change(second, first), gone]);
        await good(stageCommand(ours.token, plan.changes));
        await good(placeCommand(ours, plan, '20260103T000000Z'));
        expect(await content(extra)).toBeUndefined();
        const kept = parseHistory((await run(historyCommand())).stdout).at(-1);
        expect(kept).toMatchObject({ stamp: '20260103T000000Z', about: { owner: 'ada', action: 'apply' } });
        expect(kept?.about.changed).toContain(extra);
        expect(kept?.before.find(({ path }) => path === extra)).toMatchObject({ mode: 0o600, content: 'extra\n' });
        for (const { path, mode, content: wanted } of first.files)
          expect(kept?.before.find((file) => file.path === path)).toMatchObject({ mode, content: wanted });
      });

      test('that a failed gate takes back are as they were, and run again', async () => {
        await install(first);
        const plan = await install(second, first);
        await good(restoreCommand(ours.token, plan, { haproxy: true, keepalived: true }));
        for (const { path, mode, content: wanted } of first.files)
          expect(await machine.file(path), path).toEqual({ mode, content: wanted });
        expect(await machine.service('keepalived')).toEqual({ active: true, enabled: true });
      });

      test('of a first set-up that a failed gate takes back are gone, and nothing runs', async () => {
        const plan = await install(first);
        await good(restoreCommand(ours.token, plan, { haproxy: false, keepalived: false }));
        for (const { path } of first.files) expect(await machine.file(path), path).toBeUndefined();
        expect(await machine.service('haproxy')).toEqual({ active: false, enabled: false });
        expect(await machine.service('keepalived')).toEqual({ active: false, enabled: false });
      });

      test('of ours all go at the end, and nothing of anybody else', async () => {
        await install(first);
        await machine.put('/etc/systemd/system/other.service', '[Service]\n');
        await good(
          removeCommand(
            ours.token,
            machine.spec.endpoint.virtualIPs.map(({ address }) => ({ address, bits: 32 })),
            undefined,
          ),
        );
        expect((await machine.files()).filter((path) => path.includes('k8s-ha'))).toEqual([]);
        expect(await content('/etc/systemd/system/other.service')).toBe('[Service]\n');
        expect(await machine.service('haproxy')).toEqual({ active: false, enabled: false });
      });
    });

    drillCases(() => machine, ours, theirs);
    describe('rules of the guard', () => {
      beforeEach(async () => good(lockCommand(ours, undefined)));

      test('are loaded with their file, go with it, and come back where a failed gate takes that back', async () => {
        await visited(visit(first.node, change(first), { guard: 'load' }), '20260101T000000Z');
        expect(await machine.guarded()).toBe(true);
        const plan = await visited(unload(), '20260102T000000Z');
        expect(await content(paths.guard)).toBeUndefined();
        expect(await machine.guarded()).toBe(false);
        await good(restoreCommand(ours.token, plan, { haproxy: true, keepalived: true }));
        expect(await machine.guarded()).toBe(true);
      });

      test('of a first set-up that a failed gate takes back are gone', async () => {
        const plan = await visited(visit(first.node, change(first), { guard: 'load' }), '20260101T000000Z');
        await good(restoreCommand(ours.token, plan, { haproxy: false, keepalived: false }));
        expect(await machine.guarded()).toBe(false);
      });

      test('go with everything else of ours', async () => {
        await visited(visit(first.node, change(first), { guard: 'load' }), '20260101T000000Z');
        await good(removeCommand(ours.token, [], undefined));
        expect(await machine.guarded()).toBe(false);
      });
    });

    describe('services', () => {
      beforeEach(async () => good(lockCommand(ours, undefined)));

      test('of a node that is only prepared: HAProxy runs, keepalived does not, now or after a reboot', async () => {
        const plan = visit(first.node, change(first), { kind: 'prepare', keepalived: 'none' });
        await good(stageCommand(ours.token, plan.changes));
        await good(placeCommand(ours, plan, '20260101T000000Z'));
        await good(activateCommand(ours, plan));
        expect(await machine.service('haproxy')).toEqual({ active: true, enabled: true });
        expect(await machine.service('keepalived')).toEqual({ active: false, enabled: false });
      });

      test('of a node that retires: keepalived ends for good, HAProxy goes on', async () => {
        await install(first);
        await good(retireCommand(ours.token));
        expect(await machine.service('haproxy')).toEqual({ active: true, enabled: true });
        expect(await machine.service('keepalived')).toEqual({ active: false, enabled: false });
      });

      test('get levers before anything else: pulled with who and why, and let go', async () => {
        const lever = yieldFile('172.16.100.100');
        await install(first);
        const pulling = visit(first.node, [], {
          levers: [{ lever, pulled: true }],
          haproxy: 'none',
          keepalived: 'none',
          reloadUnits: false,
        });
        await good(activateCommand(ours, pulling));
        for (const path of [lever, keptLever(lever)])
          expect(parseLever((await content(path)) ?? '')).toEqual({ by: 'rollout', token: ours.token, owner: 'ada' });
        await good(leverCommand('let go', ours.token, lever, undefined));
        expect(parseLever((await content(lever)) ?? '1')).toBeUndefined();
        expect(await content(keptLever(lever))).toBeUndefined();
        const reason = 'apply kernel patches; $(touch /tmp/no) \'"';
        await good(leverCommand('pull', ours.token, lever, { by: 'operator', name: 'ada', reason }));
        expect(parseLever((await content(lever)) ?? '')).toEqual({ by: 'operator', name: 'ada', reason });
      });

      test("let a rollout's own drain go, and leave the maintenance that is kept for a reboot", async () => {
        await install(first);
        await machine.put(paths.drainKept, '1 operator ada: new disk\n');
        await good(leverCommand('let go', ours.token, paths.drain, undefined));
        expect(parseLever((await content(paths.drain)) ?? '1')).toBeUndefined();
        expect(await content(paths.drainKept)).toBe('1 operator ada: new disk\n');
      });
    });
  });
}
