import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dueEnd, dueMs, mostInFlight } from '../../../src/drill/prober/schedule.ts';
import { counterexample } from '../../property/holds.ts';

describe('the schedule of probes', () => {
  test('is absolute: probe k is due at the origin + k / rate', () => {
    expect([0, 1, 250].map((k) => dueMs(500, 100, k))).toEqual([500, 510, 3000]);
  });

  test('has nothing due before the next time', () => {
    expect(dueEnd(500, 100, 0, 499.9)).toBe(0);
    expect(dueEnd(500, 100, 3, 529.9)).toBe(3);
  });

  test('sends everything that is due after a late awakening', () => {
    expect(dueEnd(500, 100, 3, 575)).toBe(8);
  });

  test('ends exactly where due times pass the clock, for every rate, origin and clock', () => {
    const origins = fc.double({ min: 0, max: 1e9, noNaN: true });
    const property = fc.property(
      origins,
      fc.integer({ min: 1, max: 200 }),
      fc.nat({ max: 1e6 }),
      fc.nat({ max: 1e5 }),
      (origin, rate, next, after) => {
        const now = dueMs(origin, rate, next) + after / 7;
        const end = dueEnd(origin, rate, next, now);
        return end > next && dueMs(origin, rate, end - 1) <= now && dueMs(origin, rate, end) > now;
      },
    );
    expect(counterexample(property, 2000)).toBeUndefined();
  });

  test('allows every probe that can still be unanswered, and a second of stall', () => {
    expect(mostInFlight(200, 3000)).toBe(800);
  });
});
