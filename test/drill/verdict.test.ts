import { describe, expect, test } from 'vitest';
import type { Prediction } from '../../src/cluster/disruption.ts';
import { outage } from '../../src/drill/measure/outage.ts';
import type { ProbeSample } from '../../src/drill/measure/probe.ts';
import { besideLate, lostMs, twoHoldersVerdictOf, verdictOf, verdictOfBoth } from '../../src/drill/verdict.ts';
import { predict } from '../../src/predict/predict.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

/** `.` good, `x` failed, `o` late; one probe each 10 ms, or as far apart as told. */
function measured(pattern: string, spacingMs = 10) {
  return outage(
    Array.from(pattern, (mark, index): ProbeSample => {
      const sentMs = index * spacingMs;
      const outcome = mark === 'x' ? 'refused' : 'ok';
      return { kind: 'connect', index, sentMs, doneMs: sentMs + (mark === 'o' ? 277 : 2), outcome, latenessMs: 0 };
    }),
    { ratePerSecond: 1000 / spacingMs },
  );
}

function bound(impact: Prediction['impact'], lowerMs: number, upperMs: number, twoHoldersUpperMs = 0): Prediction {
  return {
    disruption: 'node-lost',
    title: 't',
    impact,
    lowerMs,
    upperMs,
    formula: 'f',
    twoHoldersUpperMs,
  };
}

describe('a measurement held against its prediction', () => {
  test.each([
    ['..xxx..', bound('outage', 20, 40), 'within'],
    ['..xxxxx..', bound('outage', 20, 40), 'above'],
    ['..x..', bound('outage', 20, 40), 'below'],
    ['..x..', bound('in-flight', 0, 40), 'within'],
    ['.....', bound('none', 0, 0), 'within'],
    ['..x..', bound('none', 0, 0), 'above'],
    ['..o..', bound('none', 0, 0), 'within'],
    ['.o.o.', bound('none', 0, 0), 'within'],
    ['..oo..', bound('none', 0, 0), 'above'],
    ['..o.x', bound('none', 0, 0), 'above'],
    ['..x..', bound('partial', 20, 40), 'within'],
    ['', bound('outage', 0, 40), 'invalid'],
  ] as const)('%s against %j is %s', (pattern, prediction, verdict) => {
    expect(verdictOf(measured(pattern), prediction)).toBe(verdict);
  });

  test.each([
    ['..xxxxxx..', '..xxx..', 'within'],
    ['..xxxxxxxxxxx..', '..xxx..', 'above'],
    ['..xxxxxx..', '..xxxxx..', 'above'],
    ['..x..', '..xxx..', 'below'],
  ] as const)('reads %s may wait for etcd, connections %s may not: %s', (reads, connections, verdict) => {
    const prediction = { ...bound('outage', 20, 40), reads: bound('outage', 50, 70) };
    expect(verdictOfBoth(measured(reads), measured(connections), prediction, 100)).toBe(verdict);
  });

  test('what is asked less often than predictions are made for is held against them with the difference', () => {
    const prediction = bound('outage', 45, 70);
    const verdicts = ['..xxxxxxxx..', '..xxx..'].map((pattern) =>
      [10, 20, 40].map((spacingMs) => verdictOf(measured(pattern), prediction, spacingMs)),
    );
    expect(verdicts).toEqual([
      ['above', 'within', 'within'],
      ['below', 'below', 'within'],
    ]);
    expect(verdictOf(measured('..x..'), bound('none', 0, 0), 40)).toBe('above');
  });

  test.each([10, 50])('is seldom called wrong by chance where it is right, with probes %i ms apart', (spacingMs) => {
    const slow = { ...fakeTimers, check: { ...fakeTimers.check, connectMs: 1000 } };
    const prediction = predict(fakeSpec(), slow).find(({ disruption }) => disruption === 'node-lost');
    if (!prediction) throw new Error('no prediction');
    const { lowerMs, upperMs, lateShare = 0 } = prediction;
    expect(lateShare).toBeCloseTo(1 / 3);
    const parts = Array.from({ length: 12 }, (_, i) => (i + 0.5) / 12);
    // Every outage that is predicted, every moment of the first probe that is lost in it, and then those that are late in a row.
    const wrong = parts.flatMap((lasted) =>
      parts.flatMap((moment) => {
        const lost = 1 + Math.floor((lowerMs + lasted * (upperMs - lowerMs)) / spacingMs - moment);
        return [0, 1, 2, 3, 4, 5, 6, 7].map((late) => {
          const pattern = `.${'x'.repeat(lost + late)}.`;
          const above = verdictOf(measured(pattern, spacingMs), prediction, spacingMs) === 'above';
          return above ? (1 - lateShare) * lateShare ** late : 0;
        });
      }),
    );
    expect(wrong.reduce((sum, share) => sum + share, 0) / parts.length ** 2).toBeLessThan(0.02);
  });

  test('allows for no late probe where a connection is elsewhere before its client notices', () => {
    const prediction = predict(fakeSpec(), fakeTimers).find(({ disruption }) => disruption === 'node-lost');
    expect(prediction).toMatchObject({ impact: 'outage' });
    expect(prediction?.lateShare).toBeUndefined();
  });

  test('is called wrong where it lasts longer than late probes make it', () => {
    const prediction = { ...bound('outage', 20, 40), lateShare: 1 / 3 };
    const verdicts = [6, 7].map((bad) => verdictOf(measured(`.${'x'.repeat(bad)}.`), prediction));
    expect(verdicts).toEqual(['within', 'above']);
    expect(verdictOf(measured('.xxxxx.'), { ...prediction, lateShare: 1 })).toBe('above');
  });

  test('a partial outage lasts from its first bad connection to its last', () => {
    expect(lostMs(measured('..x..x..'), 'partial')).toBe(40);
    expect(lostMs(measured('..x..x..'), 'outage')).toBe(10);
  });
});

function timeline(twoMs: number, unknown: Readonly<Record<string, string>> = {}) {
  return {
    spans: [],
    twoMs,
    noneMs: 0,
    errorMs: 2,
    unknown,
  };
}

describe('two holders', () => {
  test('may last as long as predicted, and the error of the clocks', () => {
    expect(twoHoldersVerdictOf(timeline(54), bound('partial', 0, 1, 50))).toBe('within');
    expect(twoHoldersVerdictOf(timeline(55), bound('partial', 0, 1, 50))).toBe('above');
  });

  test('are not judged where a node told nothing', () => {
    expect(twoHoldersVerdictOf(timeline(0, { cp2: 'silent' }), bound('outage', 0, 1))).toBe('invalid');
  });
});

test.each([
  ['late answers alone, and late ones before', 'above', 'within', 3, 'invalid'],
  ['late answers alone, and prompt ones before', 'above', 'within', 0, 'above'],
  ['failures, whatever was before', 'above', 'above', 3, 'above'],
  ['as predicted, with late ones before', 'within', 'within', 3, 'within'],
] as const)('%s: %s becomes %s', (_, verdict, ofFailures, late, expected) => {
  expect(besideLate(verdict, ofFailures, late)).toBe(expected);
});
