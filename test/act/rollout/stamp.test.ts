import { describe, expect, test } from 'vitest';
import { stampAfter, stampOf } from '../../../src/act/rollout/stamp.ts';
import { known, unknown } from '../../../src/core/observed.ts';
import { freshNode } from '../../fakes/seen.ts';

function remembering(...changes: readonly (string | undefined)[]) {
  return {
    nodes: [
      ...changes.map((lastChange, i) => ({
        node: `cp${i + 1}`,
        seen: known({ ...freshNode(), ...(lastChange !== undefined && { lastChange }) }),
      })),
      { node: 'cp9', seen: unknown('no answer') },
    ],
  };
}

describe('the stamp of a change', () => {
  const now = stampOf(Date.UTC(2026, 10, 29, 12, 30, 15));

  test('is the time, where no node remembers a later change', () => {
    expect(now).toBe('20261129T123015Z');
    expect(stampAfter(now, remembering(undefined, '20261129T123014Z'))).toBe(now);
  });

  test('is a second after the last one, where a clock was ahead then', () => {
    expect(stampAfter(now, remembering('20261129T123015Z'))).toBe('20261129T123016Z');
    expect(stampAfter(now, remembering('20261129T123016Z', '20261231T235959Z', undefined))).toBe('20270101T000000Z');
  });
});
