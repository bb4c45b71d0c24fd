import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { auditRegister, violationOf, type RegisterOp } from '../../../src/drill/measure/register.ts';

const write = (value: string, sentMs: number, doneMs: number, acknowledged = true): RegisterOp => ({
  what: 'write',
  value,
  sentMs,
  doneMs,
  acknowledged,
});
const read = (value: string, sentMs: number, doneMs: number): RegisterOp => ({
  what: 'read',
  value,
  sentMs,
  doneMs,
  acknowledged: true,
});

test('accepts what one copy answers', () => {
  expect(violationOf([write('a', 0, 1), read('a', 2, 3), write('b', 4, 5), read('b', 6, 7)])).toBeUndefined();
  expect(auditRegister([write('a', 0, 1), write('b', 2, 9, false)])).toEqual({ operations: 1, violation: undefined });
});

test('accepts either value while a write is on its way, and a write without an answer that happened', () => {
  expect(violationOf([write('a', 0, 1), write('b', 2, 9), read('a', 3, 4), read('b', 5, 6)])).toBeUndefined();
  expect(violationOf([write('a', 0, 1), write('b', 2, 3, false), read('a', 4, 5), read('b', 6, 7)])).toBeUndefined();
});

test.each<[string, RegisterOp[], RegExp]>([
  [
    'a stale read: an old holder still serves',
    [write('a', 0, 1), write('b', 2, 3), read('a', 4, 5)],
    /a was current before b was, and after it/,
  ],
  [
    'an acknowledged write that is lost',
    [write('a', 0, 1), read('a', 2, 9), write('b', 3, 4), read('a', 5, 8)],
    /a was current before b was, and after it/,
  ],
  [
    'a value that goes and comes back',
    [write('a', 0, 1), write('b', 2, 3), read('b', 4, 5), read('a', 6, 7)],
    /a was current again 3\.0 ms after b was/,
  ],
  ['a value out of nowhere', [read('x', 0, 1)], /x was read and never written/],
  ['a value from the future', [read('a', 0, 1), write('a', 2, 3)], /a was read 1\.0 ms before/],
])('finds %s', (_, operations, why) => {
  expect(violationOf(operations)).toMatch(why);
});

/** By trying every order: what the intervals are held against. */
function hasOrder(left: readonly RegisterOp[], value: string | undefined): boolean {
  if (left.every(({ acknowledged }) => !acknowledged)) return true;
  const mustEndFirst = Math.min(...left.map(({ doneMs, acknowledged }) => (acknowledged ? doneMs : Infinity)));
  return left.some((next, at) => {
    if (next.sentMs > mustEndFirst || (next.what === 'read' && next.value !== value)) return false;
    return hasOrder(left.toSpliced(at, 1), next.value);
  });
}

/** Distinct times, so that it is never open which of two came first. */
const histories = fc
  .array(fc.record({ isWrite: fc.boolean(), picks: fc.nat(), acknowledged: fc.boolean() }), { maxLength: 7 })
  .chain((shapes) =>
    fc
      .shuffledSubarray(
        Array.from({ length: shapes.length * 2 }, (_, i) => i),
        { minLength: shapes.length * 2 },
      )
      .map((times) => {
        const writes = shapes.flatMap(({ isWrite }, i) => (isWrite ? [`v${i}`] : []));
        return shapes.map(({ isWrite, picks, acknowledged }, i): RegisterOp => {
          const [one = 0, other = 0] = times.slice(2 * i, 2 * i + 2);
          return {
            what: isWrite ? 'write' : 'read',
            value: isWrite ? `v${i}` : (writes[picks % Math.max(1, writes.length)] ?? 'none'),
            sentMs: Math.min(one, other),
            doneMs: Math.max(one, other),
            acknowledged: !isWrite || acknowledged,
          };
        });
      }),
  );

test('agrees with trying every order', () => {
  const seen = { linearizable: 0, not: 0 };
  fc.assert(
    fc.property(histories, (operations) => {
      const order = hasOrder(operations, undefined);
      seen[order ? 'linearizable' : 'not'] += 1;
      expect(violationOf(operations) === undefined, JSON.stringify(operations)).toBe(order);
    }),
    { numRuns: 3000 },
  );
  // Both happen, or nothing was compared.
  expect(Math.min(seen.linearizable, seen.not)).toBeGreaterThan(100);
});
