import { describe, expect, test } from 'vitest';
import { actionText, blockedBy, type LockAction, type LockOwner } from '../../src/cluster/lock.ts';
import { lockText, parseLock } from '../../src/node/lock.ts';

const actions: readonly LockAction[] = [
  { verb: 'apply' },
  { verb: 'upgrade' },
  { verb: 'spread' },
  { verb: 'remove' },
  { verb: 'drill' },
  { verb: 'soak' },
  { verb: 'drain', node: 'cp2' },
  { verb: 'undrain', node: 'cp2' },
  { verb: 'rollback', to: '20261124T231503Z' },
  { verb: 'migrate', back: true },
  { verb: 'migrate', back: false },
];

function owner(action: LockAction): LockOwner {
  return {
    token: 't',
    owner: 'ada',
    machine: 'laptop',
    process: { machineId: 'm', bootId: 'b', pidNamespace: 'pid:[1]', pid: 7, startTicks: 99 },
    action,
    blocks: blockedBy(action),
    since: 40,
  };
}

describe('a lock', () => {
  test('says what is done under it, for whoever has to finish that', () => {
    for (const action of actions)
      expect(parseLock(lockText(owner(action)), 100)).toMatchObject({
        action,
        owner: 'ada',
        ageS: 60,
        process: owner(action).process,
      });
  });

  test('of a version before 0.1 is understood', () => {
    for (const [text, action] of [
      ['apply', { verb: 'apply' }],
      ['drain cp2', { verb: 'drain', node: 'cp2' }],
      ['rollback to before 20261124T231503Z', { verb: 'rollback', to: '20261124T231503Z' }],
      ['migrate --back', { verb: 'migrate', back: true }],
      ['something else', { verb: 'other', text: 'something else' }],
    ] as const)
      expect(
        parseLock(JSON.stringify({ token: 't', owner: 'ada', machine: 'm', pid: 7, action: text }), 100),
      ).toMatchObject({ action, process: undefined });
  });

  test('that cannot be read is still a lock', () => {
    const process = { machineId: 'm', bootId: 'b\u001B[31m', pidNamespace: 'p', pid: 7, startTicks: 9 };
    expect(parseLock(JSON.stringify({ token: 't', process }), 100).process).toBeUndefined();
    expect(parseLock(JSON.stringify({ owner: 'a\u001B[2Jb' }), 100).owner).toBe('a [2Jb');
    expect(parseLock('garbage', 100)).toMatchObject({ owner: 'unknown', text: 'garbage', ageS: 0 });
    expect(actionText(parseLock('{"action":{"verb":"eat"}}', 0).action)).toBe('unknown');
  });

  test('keeps the add-ons reconciler back where files of nodes change, and only there', () => {
    const blocking = actions.filter((action) => blockedBy(action).includes('add-ons')).map(({ verb }) => verb);
    expect([...new Set(blocking)]).toEqual(['apply', 'upgrade', 'rollback', 'migrate']);
  });
});
