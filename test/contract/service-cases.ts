import { beforeEach, describe, expect, test } from 'vitest';
import { activateCommand, retireCommand } from '../../src/act/rollout/commands/services.ts';
import { placeCommand, stageCommand } from '../../src/act/rollout/commands/files.ts';
import { leverCommand } from '../../src/act/rollout/commands/levers.ts';
import { lockCommand } from '../../src/node/lock.ts';
import { parseLever } from '../../src/node/lever.ts';
import { keptLever, paths, yieldFile } from '../../src/node/paths.ts';
import type { Session } from './session.ts';
import { change, ours, visit } from './visits.ts';

/** What runs on a node afterwards, and what its levers say. */
export function serviceCases(session: Session): void {
  describe('services', () => {
    beforeEach(async () => session.good(lockCommand(ours, undefined)));

    test('of a node that is only prepared: HAProxy runs, keepalived does not, now or after a reboot', async () => {
      const plan = visit(session.first.node, change(session.first), { kind: 'prepare', keepalived: 'none' });
      await session.good(stageCommand(ours.token, plan.changes));
      await session.good(placeCommand(ours, plan, '20260101T000000Z'));
      await session.good(activateCommand(ours, plan));
      expect(await session.machine.service('haproxy')).toEqual({ active: true, enabled: true });
      expect(await session.machine.service('keepalived')).toEqual({ active: false, enabled: false });
    });

    test('of a node that retires: keepalived ends for good, HAProxy goes on', async () => {
      await session.install(session.first);
      await session.good(retireCommand(ours.token));
      expect(await session.machine.service('haproxy')).toEqual({ active: true, enabled: true });
      expect(await session.machine.service('keepalived')).toEqual({ active: false, enabled: false });
    });

    test('get levers before anything else: pulled with who and why, and let go', async () => {
      const lever = yieldFile('172.16.100.100');
      await session.install(session.first);
      const pulling = visit(session.first.node, [], {
        levers: [{ lever, pulled: true }],
        haproxy: 'none',
        keepalived: 'none',
        reloadUnits: false,
      });
      await session.good(activateCommand(ours, pulling));
      for (const path of [lever, keptLever(lever)])
        expect(parseLever((await session.content(path)) ?? '')).toEqual({
          by: 'rollout',
          token: ours.token,
          owner: 'ada',
        });
      await session.good(leverCommand('let go', ours.token, lever, undefined));
      expect(parseLever((await session.content(lever)) ?? '1')).toBeUndefined();
      expect(await session.content(keptLever(lever))).toBeUndefined();
      const reason = 'apply kernel patches; $(touch /tmp/no) \'"';
      await session.good(leverCommand('pull', ours.token, lever, { by: 'operator', name: 'ada', reason }));
      expect(parseLever((await session.content(lever)) ?? '')).toEqual({ by: 'operator', name: 'ada', reason });
    });

    test("let a rollout's own drain go, and leave the maintenance that is kept for a reboot", async () => {
      await session.install(session.first);
      await session.machine.put(paths.drainKept, '1 operator ada: new disk\n');
      await session.good(leverCommand('let go', ours.token, paths.drain, undefined));
      expect(parseLever((await session.content(paths.drain)) ?? '1')).toBeUndefined();
      expect(await session.content(paths.drainKept)).toBe('1 operator ada: new disk\n');
    });
  });
}
