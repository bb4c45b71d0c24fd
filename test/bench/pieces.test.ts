import { expect, test } from 'vitest';
import { page, type Piece } from '../../bench/random/pieces.ts';

const piece: Piece = {
  date: '2026-11-28T09:00:00.000Z',
  revision: '8228f41',
  seed: 11,
  rate: 40,
  lastedMs: 600_000,
  rounds: 40,
  invalid: 2,
  skipped: 1,
  writes: { acknowledged: 9000, lost: 0 },
  operations: 5000,
  violations: [],
  load: [0.4, 6.6],
};

test('adds the pieces up, each with its seed and sources', () => {
  const text = page([piece, { ...piece, seed: 12, lastedMs: 300_000, rounds: 19 }]);
  expect(text).toContain('15 min in all: 59 rounds, violations: 0; 18000 writes acknowledged, 0 lost.');
  expect(text.split('\n').filter((line) => line.startsWith('| 1'))).toEqual([
    '| 11 | 8228f41 | 40 | 10 min | 40 | 2 | 1 | 9000 | 0 | 0–7 |',
    '| 12 | 8228f41 | 40 | 5 min | 19 | 2 | 1 | 9000 | 0 | 0–7 |',
  ]);
});

test('tells every violation with the seed that showed it', () => {
  const text = page([{ ...piece, violations: ['`node-lost` on cp2: 1 acknowledged writes are lost'] }, piece]);
  expect(text).toContain(', violations: 1;');
  expect(text.endsWith('\n- Seed 11 at 8228f41: `node-lost` on cp2: 1 acknowledged writes are lost.\n')).toBe(true);
  const explained = page([{ ...piece, violations: ['a', 'b'], explained: ['Mended.'] }]);
  expect(explained.endsWith('\n- Seed 11 at 8228f41: a. Mended.\n- Seed 11 at 8228f41: b.\n')).toBe(true);
});
