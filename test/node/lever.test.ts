import { describe, expect, test } from 'vitest';
import { isPulled, isRolloutDrain, leverOff, leverOn, leverReason } from '../../src/node/lever.ts';

describe('a lever', () => {
  test('begins with the number that keepalived reads', () => {
    expect(leverOn('apply root')).toMatch(/^1 /);
    expect(isPulled(leverOn('anything'))).toBe(true);
    expect(isPulled(leverOff)).toBe(false);
  });

  test('is not pulled by a text without a number, as keepalived sees it', () => {
    for (const text of ['apply root', '', undefined, '0 apply']) expect(isPulled(text)).toBe(false);
  });

  test('says who pulled it, and whether that was a rollout', () => {
    expect(leverReason(leverOn('maintenance by ada'))).toBe('maintenance by ada');
    expect(isRolloutDrain(leverOn('apply ada'))).toBe(true);
    expect(isRolloutDrain(leverOn('maintenance'))).toBe(false);
    expect(isRolloutDrain('apply ada')).toBe(false);
  });
});
