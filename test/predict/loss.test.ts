import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countText, falseMovesPerDay, mostOf, packetsLost } from '../../src/predict/loss.ts';
import { defaultAllowances } from '../../src/predict/allowances.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

const timers = { advertIntervalMs: 100, downTimerAdverts: 4 };

/** As many as are lost in a row end a backup's timer; it starts over with the next one that arrives. */
function counted(adverts: number, share: number, downTimerAdverts: number, random: () => number): number {
  let row = 0;
  let moves = 0;
  for (let i = 0; i < adverts; i += 1) {
    row = random() < share ? row + 1 : 0;
    if (row === downTimerAdverts) moves += 1;
  }
  return moves;
}

/** mulberry32: the same every time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('VIPs that move although their holder is well', () => {
  test('one backup, 30 % lost, 4 adverts of 100 ms: one every 17.6 s', () => {
    expect(86_400 / falseMovesPerDay(timers, 1, 0.3)).toBeCloseTo(17.6, 1);
  });

  test('at 1, 10 and 30 %, with two backups', () => {
    expect([0.01, 0.1, 0.3].map((share) => countText(falseMovesPerDay(timers, 2, share)))).toEqual([
      '0.017',
      '160',
      '9800',
    ]);
    expect(falseMovesPerDay(timers, 2, 0)).toBe(0);
  });

  test.each([
    [0.3, 4],
    [0.5, 3],
    [0.1, 2],
  ])('are as many as where each advert is lost by a die: %d, %d in a row', (share, downTimerAdverts) => {
    const adverts = 2_000_000;
    const expected =
      (falseMovesPerDay({ advertIntervalMs: 100, downTimerAdverts }, 1, share) * adverts * 100) / 86_400_000;
    const found = counted(adverts, share, downTimerAdverts, seeded(7));
    expect(Math.abs(found - expected)).toBeLessThan(4 * Math.sqrt(expected));
  });

  test('are at most as many as all but one of a thousand drills have', () => {
    expect([0, 0.0009, 0.02, 1.13].map(mostOf)).toEqual([0, 0, 1, 6]);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 50, noNaN: true }), (expected) => {
        const most = mostOf(expected);
        expect(most).toBeGreaterThanOrEqual(Math.floor(expected));
        expect(most).toBeLessThanOrEqual(expected + 5 * Math.sqrt(expected) + 4);
      }),
    );
  });
});

describe('the prediction of lost packets', () => {
  const model = { spec: fakeSpec(), timers: fakeTimers, allowances: defaultAllowances };

  test('says how often a VIP moves falsely, and bounds two holders by it', () => {
    const few = packetsLost(0.1, 10_000)(model);
    const many = packetsLost(0.3, 10_000)(model);
    expect(many.note).toContain(
      'expected 0.017/day where 1 % is lost, 160/day where 10 % is lost, 9800/day where 30 %',
    );
    expect(few.twoHoldersUpperMs).toBe(430);
    expect(many.twoHoldersUpperMs).toBe(6 * 730);
    expect(many).toMatchObject({ impact: 'partial', upperMs: Infinity });
  });

  test('has nothing to lose where there is one node', () => {
    expect(packetsLost(0.3, 10_000)({ ...model, spec: fakeSpec({}, { nodes: 1, vips: 1 }) }).impact).toBe('none');
  });
});
