import { describe, expect, test } from 'vitest';
import type { LeaseSeen } from '../../../src/cluster/kubernetes.ts';
import { known } from '../../../src/core/observed.ts';
import { leaseMoves } from '../../../src/drill/measure/leases.ts';

function lease(overrides: Partial<LeaseSeen> = {}): LeaseSeen {
  return {
    name: 'kube-scheduler',
    holder: 'cp1_a',
    ageMs: known(1000),
    durationMs: 15_000,
    transitions: 0,
    acquiredMs: 1000,
    ...overrides,
  };
}

describe('a leader’s lease in a drill', () => {
  test('that stays with a living holder is not worth a row', () => {
    expect(leaseMoves([lease()], [lease()], 50_000)).toEqual([]);
  });

  test('that another took shows when, and how long its timings allow', () => {
    const after = lease({ holder: 'cp2_b', acquiredMs: 66_500 });
    expect(leaseMoves([lease()], [after], 50_000)).toEqual([
      { name: 'kube-scheduler', from: 'cp1_a', to: 'cp2_b', tookMs: 16_500, boundMs: 22_400 },
    ]);
  });

  test('that the same node took again under another identity has moved as well', () => {
    expect(leaseMoves([lease()], [lease({ holder: 'cp1_b', acquiredMs: 60_000 })], 50_000)).toHaveLength(1);
  });

  test('whose holder is gone without a successor says so', () => {
    expect(leaseMoves([lease()], [lease({ ageMs: known(30_000) })], 50_000)).toMatchObject([
      { to: '', tookMs: undefined },
    ]);
  });

  test('that nobody held before is not judged', () => {
    expect(leaseMoves([lease({ holder: '' })], [lease()], 50_000)).toEqual([]);
  });
});
