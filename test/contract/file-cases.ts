import { beforeEach, describe, expect, test } from 'vitest';
import { placeCommand, stageCommand, unstageCommand } from '../../src/act/rollout/commands/files.ts';
import { restoreCommand } from '../../src/act/rollout/commands/restore.ts';
import { removeCommand } from '../../src/act/rollout/commands/remove.ts';
import { lockCommand } from '../../src/node/lock.ts';
import { paths } from '../../src/node/paths.ts';
import { parseHistory, historyCommand } from '../../src/observe/once/history.ts';
import type { FileChange } from '../../src/plan/model.ts';
import type { Session } from './session.ts';
import { change, ours, visit } from './visits.ts';

/** What becomes of the files of a node, and of what they replace. */
export function fileCases(session: Session): void {
  describe('files', () => {
    beforeEach(async () => session.good(lockCommand(ours, undefined)));

    test('are written beside the old ones first, and taken away again', async () => {
      await session.machine.put(paths.haproxyConfig, 'old\n');
      await session.good(stageCommand(ours.token, change(session.first)));
      expect(await session.content(paths.haproxyConfig)).toBe('old\n');
      for (const { path, mode, content: wanted } of session.first.files)
        expect(await session.machine.file(`${path}.k8s-ha-new`)).toEqual({ mode, content: wanted });
      await session.good(unstageCommand(ours.token));
      expect((await session.machine.files()).filter((path) => path.endsWith('.k8s-ha-new'))).toEqual([]);
      expect(await session.content(paths.haproxyConfig)).toBe('old\n');
    });

    test('are put in place byte for byte, and run', async () => {
      await session.install(session.first);
      for (const { path, mode, content: wanted } of session.first.files)
        expect(await session.machine.file(path), path).toEqual({ mode, content: wanted });
      expect((await session.machine.files()).filter((path) => path.endsWith('.k8s-ha-new'))).toEqual([]);
      expect(await session.machine.service('haproxy')).toEqual({ active: true, enabled: true });
      expect(await session.machine.service('keepalived')).toEqual({ active: true, enabled: true });
    });

    test('that are no longer wanted go, and what was there is kept for a rollback', async () => {
      await session.install(session.first);
      const extra = `${paths.haproxyConfig}-extra`;
      await session.machine.put(extra, 'extra\n', 0o600);
      const gone: FileChange = {
        path: extra,
        action: 'delete',
        wanted: undefined,
        before: { mode: 0o600, content: 'extra\n' },
        diff: '',
      };
      const plan = visit(session.first.node, [...change(session.second, session.first), gone]);
      await session.good(stageCommand(ours.token, plan.changes));
      await session.good(placeCommand(ours, plan, '20260103T000000Z'));
      expect(await session.content(extra)).toBeUndefined();
      const kept = parseHistory((await session.run(historyCommand())).stdout).at(-1);
      expect(kept).toMatchObject({ stamp: '20260103T000000Z', about: { owner: 'ada', action: 'apply' } });
      expect(kept?.about.changed).toContain(extra);
      expect(kept?.before.find(({ path }) => path === extra)).toMatchObject({ mode: 0o600, content: 'extra\n' });
      for (const { path, mode, content: wanted } of session.first.files)
        expect(kept?.before.find((file) => file.path === path)).toMatchObject({ mode, content: wanted });
    });

    test('that a failed gate takes back are as they were, and run again', async () => {
      await session.install(session.first);
      const plan = await session.install(session.second, session.first);
      await session.good(restoreCommand(ours.token, plan, { haproxy: true, keepalived: true }));
      for (const { path, mode, content: wanted } of session.first.files)
        expect(await session.machine.file(path), path).toEqual({ mode, content: wanted });
      expect(await session.machine.service('keepalived')).toEqual({ active: true, enabled: true });
    });

    test('of a first set-up that a failed gate takes back are gone, and nothing runs', async () => {
      const plan = await session.install(session.first);
      await session.good(restoreCommand(ours.token, plan, { haproxy: false, keepalived: false }));
      for (const { path } of session.first.files) expect(await session.machine.file(path), path).toBeUndefined();
      expect(await session.machine.service('haproxy')).toEqual({ active: false, enabled: false });
      expect(await session.machine.service('keepalived')).toEqual({ active: false, enabled: false });
    });

    test('of ours all go at the end, and nothing of anybody else', async () => {
      await session.install(session.first);
      await session.machine.put('/etc/systemd/system/other.service', '[Service]\n');
      await session.good(
        removeCommand(
          ours.token,
          session.machine.spec.endpoint.virtualIPs.map(({ address }) => ({ address, bits: 32 })),
          undefined,
        ),
      );
      expect((await session.machine.files()).filter((path) => path.includes('k8s-ha'))).toEqual([]);
      expect(await session.content('/etc/systemd/system/other.service')).toBe('[Service]\n');
      expect(await session.machine.service('haproxy')).toEqual({ active: false, enabled: false });
    });
  });
}
