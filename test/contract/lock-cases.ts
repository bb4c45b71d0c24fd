import { describe, expect, test } from 'vitest';
import { guardExit, lockCommand, lockText, parseLock, unlockCommand } from '../../src/node/lock.ts';
import { paths } from '../../src/node/paths.ts';
import type { Session } from './session.ts';
import { ours, stepsOf, theirs } from './visits.ts';

/** One operator at a time, and every step under their lock. */
export function lockCases(session: Session): void {
  describe('lock', () => {
    test('is taken once, and says whose it is', async () => {
      await session.good(lockCommand(ours, undefined));
      expect(parseLock((await session.content(paths.lock)) ?? '', 0)).toMatchObject({
        token: ours.token,
        action: ours.action,
      });
      const refused = await session.run(lockCommand(theirs, undefined));
      expect(refused.rc).toBe(1);
      expect(parseLock(refused.stdout.trim(), 0).token).toBe(ours.token);
      expect(await session.content(paths.lock)).toContain(ours.token);
    });

    test('is taken over only where it still reads as it was seen', async () => {
      await session.good(lockCommand(ours, undefined));
      expect((await session.run(lockCommand(theirs, `${lockText(ours)} `))).rc).toBe(1);
      expect(await session.content(paths.lock)).toContain(ours.token);
      await session.good(lockCommand(theirs, lockText(ours)));
      expect(await session.content(paths.lock)).toContain(theirs.token);
    });

    test('is released by its owner alone', async () => {
      await session.good(lockCommand(ours, undefined));
      await session.run(unlockCommand(theirs));
      expect(await session.content(paths.lock)).toContain(ours.token);
      await session.good(unlockCommand(ours));
      expect(await session.content(paths.lock)).toBeUndefined();
    });
  });

  describe('guard', () => {
    test('lets no step do anything without a lock', async () => {
      await session.machine.put(paths.haproxyConfig, 'precious\n');
      for (const command of stepsOf(session.first))
        expect((await session.run(command)).rc, command.summary).toBe(guardExit.lockGone);
      expect(await session.content(paths.haproxyConfig)).toBe('precious\n');
      expect(await session.content(paths.drain)).toBeUndefined();
    });

    test("lets no step do anything under somebody else's lock", async () => {
      await session.good(lockCommand(theirs, undefined));
      await session.machine.put(paths.haproxyConfig, 'precious\n');
      for (const command of stepsOf(session.first))
        expect((await session.run(command)).rc, command.summary).toBe(guardExit.lockLost);
      expect(await session.content(paths.haproxyConfig)).toBe('precious\n');
      expect(await session.content(paths.drain)).toBeUndefined();
    });
  });
}
