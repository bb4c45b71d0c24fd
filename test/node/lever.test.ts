import { assert, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LeverPull } from '../../src/cluster/state.ts';
import { isRolloutPull, leverText, letGo, parseLever, pullText } from '../../src/node/lever.ts';
import { anyText } from '../fakes/text.ts';

const rollout: LeverPull = { by: 'rollout', token: 'a1b2', owner: 'ada' };
const operator: LeverPull = { by: 'operator', name: 'ada', reason: 'apply kernel patches' };

describe('a lever', () => {
  test('begins with the number that keepalived reads', () => {
    for (const pull of [rollout, operator, { by: 'service' } as const]) expect(leverText(pull)).toMatch(/^1( |$)/);
    expect(leverText(undefined)).toBe(letGo);
    expect(parseLever(letGo)).toBeUndefined();
  });

  test('is not pulled by a text without a number, as keepalived sees it', () => {
    for (const text of ['apply root', '', '0 apply', '0', '-1 x']) expect(parseLever(text)).toBeUndefined();
  });

  test('says who pulled it and why, whatever the words of the reason are', () => {
    for (const reason of ['apply kernel patches', 'rollout a b', 'operator x: y', 'apply root', '1', 'new disk']) {
      const pull: LeverPull = { by: 'operator', name: 'ada', reason };
      expect(parseLever(leverText(pull))).toEqual(pull);
      expect(isRolloutPull(parseLever(leverText(pull)))).toBe(false);
    }
    expect(parseLever(leverText(rollout))).toEqual(rollout);
    expect(pullText(operator)).toBe('apply kernel patches (ada)');
  });

  test('keeps every reason on one line that a terminal can show, and never becomes a rollout by it', () => {
    assert(
      property(anyText(400), anyText(), (reason, name) => {
        const text = leverText({ by: 'operator', name, reason });
        expect(text).not.toMatch(/\p{Cc}/u);
        expect(parseLever(text)).toMatchObject({ by: 'operator' });
      }),
    );
  });

  test('of a version before 0.1 is a rollout only where it says exactly what rollouts wrote', () => {
    expect(parseLever('1 apply root')).toMatchObject({ by: 'rollout', owner: 'root' });
    expect(parseLever('1 apply kernel patches (root)')).toMatchObject({ by: 'operator' });
    expect(parseLever('1 maintenance (ada)')).toMatchObject({ by: 'operator', reason: 'maintenance (ada)' });
  });

  test('of a service says no more than that it is pulled', () => {
    expect(parseLever('1')).toEqual({ by: 'service' });
  });
});
