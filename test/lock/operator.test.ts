import { describe, expect, test } from 'vitest';
import type { LockSeen, ProcessIdentity } from '../../src/cluster/lock.ts';
import { isOurLeftover, type Operator } from '../../src/lock/operator.ts';

const self: ProcessIdentity = { machineId: 'm1', bootId: 'b1', pidNamespace: 'pid:[1]', pid: 100, startTicks: 5000 };
const operator: Operator = {
  owner: 'ada',
  machine: 'debian',
  process: self,
  startTicksOf: (pid) => ({ 100: 5000, 200: 6000 })[pid],
};

function lock(process: Partial<ProcessIdentity> | undefined): LockSeen {
  return {
    text: '',
    token: 't',
    owner: 'ada',
    machine: 'debian',
    process: process && { ...self, ...process },
    action: { verb: 'apply' },
    ageS: 1,
  };
}

describe('a lock that was left behind', () => {
  test('is that of a process that is gone, or whose pid is another process by now', () => {
    expect(isOurLeftover(lock({ pid: 300 }), operator)).toBe(true);
    expect(isOurLeftover(lock({ pid: 200, startTicks: 1 }), operator)).toBe(true);
  });

  test('is not that of a process that runs', () => {
    expect(isOurLeftover(lock({ pid: 200, startTicks: 6000 }), operator)).toBe(false);
  });

  test('is that of this machine before its last boot', () => {
    expect(isOurLeftover(lock({ bootId: 'b0', pid: 200 }), operator)).toBe(true);
  });

  test('is never that of another machine of the same name, another container, or one that cannot be told', () => {
    expect(isOurLeftover(lock({ machineId: 'm2', bootId: 'b2', pid: 300 }), operator)).toBe(false);
    expect(isOurLeftover(lock({ pidNamespace: 'pid:[2]', pid: 300 }), operator)).toBe(false);
    expect(isOurLeftover(lock({ machineId: '', bootId: 'b2', pid: 300 }), operator)).toBe(false);
    expect(isOurLeftover(lock({ bootId: '', pid: 300 }), operator)).toBe(false);
    expect(isOurLeftover(lock(undefined), operator)).toBe(false);
  });
});
