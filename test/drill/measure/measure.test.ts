import { expect, test } from 'vitest';
import { failuresOf, lossesOf } from '../../../src/drill/measure/measure.ts';
import type { ProbeSample } from '../../../src/drill/measure/probe.ts';

/** A write each 100 ms, all of which fail from the injection at 1000 until 2500; the fault is healed at 2000. */
const samples = Array.from({ length: 40 }, (_, index): ProbeSample => {
  const sentMs = index * 100;
  const outcome = sentMs >= 1000 && sentMs < 2500 ? 'timeout' : 'ok';
  return { kind: 'write', index, sentMs, doneMs: sentMs + 5, outcome, latenessMs: 0 };
});

test('writes that fail on after the healing are counted until the next one succeeds', () => {
  const times = { beganMs: 0, injectedMs: 1000, healedMs: 2000, reachedMs: 2000, wellMs: 3900 };
  const audit = { acknowledged: 25, lost: [] };
  const { writes } = lossesOf({ samples, watch: [], register: [], audit }, times, 10);
  expect(writes).toMatchObject({ stallMs: 1500, sent: 11, failed: 11, lost: 0 });
});

/** A connection each 10 ms, with a read: those of these times are late by half a second. */
function connections(late: (sentMs: number) => boolean): readonly ProbeSample[] {
  return Array.from({ length: 300 }, (_, index): ProbeSample => {
    const sentMs = index * 10;
    const doneMs = sentMs + (late(sentMs) ? 500 : 5);
    return { kind: 'connect', index, sentMs, doneMs, outcome: 'ok', latenessMs: 0, read: { doneMs, outcome: 'ok' } };
  });
}

const struck = { beganMs: 0, injectedMs: 1000, healedMs: 2000, reachedMs: 2000, wellMs: 2900 };
const read = { summary: { sent: 300, worstLatenessMs: 0, elapsedMs: 3000, cpuMs: 100, read: '/readyz' } };

test('what had its answer before the fault is no loss, however late it was; what waited for one then is', () => {
  const over = connections((sentMs) => sentMs === 200);
  const { outage, usable, lateBefore } = lossesOf({ samples: over, watch: [], register: [], ...read }, struck, 100);
  expect([outage.outageMs, usable?.outage.outageMs]).toEqual([0, 0]);
  expect(lateBefore).toEqual({ late: 2, answers: 200, worstMs: 500 });

  const waiting = connections((sentMs) => sentMs === 900);
  const losses = lossesOf({ samples: waiting, watch: [], register: [], ...read }, struck, 100);
  expect([losses.outage.slow, losses.usable?.outage.slow]).toEqual([1, 1]);
  expect(losses.lateBefore).toBeUndefined();
});

test('failures are told apart from answers that were only late', () => {
  const samples = connections((sentMs) => sentMs >= 1200 && sentMs < 1700);
  const { outage, usable } = failuresOf({ samples, ...read }, struck, 100);
  expect([outage.outageMs, usable?.outage.outageMs]).toEqual([0, 0]);
  expect(lossesOf({ samples, watch: [], register: [], ...read }, struck, 100).outage.outageMs).toBe(500);
});

function backMs(samples: readonly ProbeSample[], reachedMs = struck.reachedMs): number {
  return lossesOf({ samples, watch: [], register: [], ...read }, { ...struck, reachedMs }, 100).backMs;
}

test('clients are back from when every node could be reached: what a node that boots costs before that is its fault', () => {
  const late = connections((sentMs) => sentMs >= 1200 && sentMs < 2300);
  const failed = late.map((sample) =>
    sample.doneMs - sample.sentMs > 100 ? { ...sample, outcome: 'timeout' as const } : sample,
  );
  expect([2000, 2200, 2400].map((reachedMs) => backMs(failed, reachedMs))).toEqual([300, 100, 0]);
  expect([2000, 2040, 2100].map((reachedMs) => backMs(late, reachedMs))).toEqual([300, 260, 0]);
});

test('clients are back where single answers are late, and not where a single one fails', () => {
  const late = connections((sentMs) => sentMs > 2000 && sentMs % 100 === 0);
  const failed = late.map((sample) => (sample.sentMs === 2500 ? { ...sample, outcome: 'timeout' as const } : sample));
  expect([backMs(late), backMs(failed)]).toEqual([0, 510]);
});
