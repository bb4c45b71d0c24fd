import { expect, test } from 'vitest';
import { lossesOf } from '../../../src/drill/measure/measure.ts';
import type { ProbeSample } from '../../../src/drill/measure/probe.ts';

/** A write each 100 ms, all of which fail from the injection at 1000 until 2500; the fault is healed at 2000. */
const samples = Array.from({ length: 40 }, (_, index): ProbeSample => {
  const sentMs = index * 100;
  const outcome = sentMs >= 1000 && sentMs < 2500 ? 'timeout' : 'ok';
  return { kind: 'write', index, sentMs, doneMs: sentMs + 5, outcome, latenessMs: 0 };
});

test('writes that fail on after the healing are counted until the next one succeeds', () => {
  const times = { beganMs: 0, injectedMs: 1000, healedMs: 2000, wellMs: 3900 };
  const audit = { acknowledged: 25, lost: [] };
  const { writes } = lossesOf({ samples, watch: [], register: [], audit }, times, 10);
  expect(writes).toMatchObject({ stallMs: 1500, sent: 11, failed: 11, lost: 0 });
});
