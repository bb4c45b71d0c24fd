import { beforeEach, describe, expect, test } from 'vitest';
import { restoreCommand } from '../../src/act/rollout/commands/restore.ts';
import { removeCommand } from '../../src/act/rollout/commands/remove.ts';
import { lockCommand } from '../../src/node/lock.ts';
import { paths } from '../../src/node/paths.ts';
import type { FileChange, NodePlan } from '../../src/plan/model.ts';
import { type NodeFileSet } from '../../src/render/render.ts';
import type { Session } from './session.ts';
import { change, ours, visit } from './visits.ts';

/** The guard's rules are loaded and unloaded with their file. */
export function guardCases(session: Session): void {
  describe('rules of the guard', () => {
    beforeEach(async () => session.good(lockCommand(ours, undefined)));

    test('are loaded with their file, go with it, and come back where a failed gate takes that back', async () => {
      await session.visited(visit(session.first.node, change(session.first), { guard: 'load' }), '20260101T000000Z');
      expect(await session.machine.guarded()).toBe(true);
      const plan = await session.visited(unload(session.first), '20260102T000000Z');
      expect(await session.content(paths.guard)).toBeUndefined();
      expect(await session.machine.guarded()).toBe(false);
      await session.good(restoreCommand(ours.token, plan, { haproxy: true, keepalived: true }));
      expect(await session.machine.guarded()).toBe(true);
    });

    test('of a first set-up that a failed gate takes back are gone', async () => {
      const plan = await session.visited(
        visit(session.first.node, change(session.first), { guard: 'load' }),
        '20260101T000000Z',
      );
      await session.good(restoreCommand(ours.token, plan, { haproxy: false, keepalived: false }));
      expect(await session.machine.guarded()).toBe(false);
    });

    test('go with everything else of ours', async () => {
      await session.visited(visit(session.first.node, change(session.first), { guard: 'load' }), '20260101T000000Z');
      await session.good(removeCommand(ours.token, [], undefined));
      expect(await session.machine.guarded()).toBe(false);
    });
  });
}

function unload(set: NodeFileSet): NodePlan {
  const changes = change(set, set).map((one): FileChange =>
    one.path === paths.guard ? { ...one, action: 'delete', wanted: undefined } : one,
  );
  return visit(set.node, changes, { guard: 'unload', haproxy: 'none', keepalived: 'none' });
}
