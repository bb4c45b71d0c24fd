import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outage } from '../../../src/drill/measure/outage.ts';
import type { ProbeOutcome, ProbeSample } from '../../../src/drill/measure/probe.ts';
import { counterexample } from '../../property/holds.ts';

const rate = { ratePerSecond: 100 };

/** `.` good, `s` slow, `x` refused, `t` timed out; one probe each 10 ms. */
function run(pattern: string): ProbeSample[] {
  return Array.from(pattern, (mark, index) => {
    const sentMs = 1000 + index * 10;
    const took = { '.': 5, s: 400, x: 1, t: 3000 }[mark] ?? 0;
    const outcome: ProbeOutcome = mark === 'x' ? 'refused' : mark === 't' ? 'timeout' : 'ok';
    return { kind: 'connect' as const, index, sentMs, doneMs: sentMs + took, outcome, latenessMs: 0.2 };
  });
}

/** Answers take 45 ms, and all is cut from 1062 to 1100 ms. */
function cut(failedAtMs: (sentMs: number) => number): ProbeSample[] {
  return run('............').map((sample) =>
    sample.sentMs + 45 > 1062 && sample.sentMs < 1100
      ? { ...sample, outcome: 'reset', doneMs: failedAtMs(sample.sentMs) }
      : { ...sample, doneMs: sample.sentMs + 45 },
  );
}

describe('outage', () => {
  test('is nothing when every probe is served promptly', () => {
    expect(outage(run('.....'), rate)).toEqual({
      windows: [],
      outageMs: 0,
      probes: 5,
      failed: 0,
      slow: 0,
      outcomes: { ok: 5 },
      p50Ms: 5,
      p99Ms: 5,
      maxMs: 5,
      resolutionMs: 10,
      valid: true,
    });
  });

  test('lasts from the first bad probe to the next good one', () => {
    const { windows, outageMs, failed, slow } = outage(run('...xxs...'), rate);
    expect(windows).toEqual([{ startMs: 1030, lostFromMs: 1030, endMs: 1060, failed: 2, total: 3, open: false }]);
    expect({ outageMs, failed, slow }).toEqual({ outageMs: 30, failed: 2, slow: 1 });
  });

  describe('where an answer takes 45 ms, and all is cut from 1062 to 1100 ms', () => {
    test('begins with the last good answer before: what was in flight then was sent earlier', () => {
      const { windows, outageMs, span } = outage(
        cut((sentMs) => Math.max(1062, sentMs + 1)),
        rate,
      );
      expect(windows).toMatchObject([{ startMs: 1020, lostFromMs: 1055, endMs: 1100, failed: 8 }]);
      expect([outageMs, span?.startMs]).toEqual([45, 1055]);
    });

    test('begins with the first refusal where new ones are refused while older ones are still answered', () => {
      expect(
        outage(
          cut((sentMs) => sentMs + 1),
          rate,
        ).windows,
      ).toMatchObject([{ startMs: 1020, lostFromMs: 1021 }]);
    });

    test('does not begin before the fault', () => {
      expect(
        outage(
          cut(() => 4000),
          { ...rate, injectedMs: 1060 },
        ).windows,
      ).toMatchObject([{ startMs: 1020, lostFromMs: 1060 }]);
    });
  });

  test('is the longest window, not the sum', () => {
    expect(outage(run('.x..xxx..x.'), rate)).toMatchObject({ outageMs: 30, failed: 5 });
  });

  test('of a share of the probes is a span with its share', () => {
    expect(outage(run('..x...x.x...'), rate).span).toEqual({ startMs: 1020, endMs: 1090, share: 3 / 7 });
    expect(outage(run('..xxx..'), rate).span).toMatchObject({ share: 1 });
  });

  test('that does not end is open', () => {
    expect(outage(run('..xx'), rate).windows).toEqual([
      { startMs: 1020, lostFromMs: 1020, endMs: 1040, failed: 2, total: 2, open: true },
    ]);
  });

  test('counts answers later than promptMs as slow, with a limit that can be said', () => {
    expect(outage(run('.s.'), rate).slow).toBe(1);
    expect(outage(run('.s.'), { ...rate, promptMs: 500 })).toMatchObject({ slow: 0, outageMs: 0, maxMs: 400 });
  });

  test('takes only the probes of the asked time', () => {
    expect(outage(run('x....x'), { ...rate, fromMs: 1010, toMs: 1040 })).toMatchObject({ probes: 4, outageMs: 0 });
  });

  test('names who is to blame: outcomes are counted', () => {
    expect(outage(run('.xxt.'), rate).outcomes).toEqual({ ok: 2, refused: 2, timeout: 1 });
  });
});

describe('a run is invalid rather than wrong', () => {
  test('without probes', () => {
    expect(outage([], rate)).toMatchObject({ valid: false, invalidReason: 'no probe was sent', outageMs: 0 });
  });

  test('when probes were sent late', () => {
    const late = run('.....').map((sample, i) => (i === 2 ? { ...sample, latenessMs: 80 } : sample));
    expect(outage(late, rate)).toMatchObject({
      valid: false,
      invalidReason: expect.stringContaining('up to 80 ms late (limit 50 ms)'),
    });
  });

  test('when the prober paused, and the resolution says how long', () => {
    const paused = run('....').map((sample, i) => (i > 1 ? { ...sample, sentMs: sample.sentMs + 500 } : sample));
    expect(outage(paused, rate)).toMatchObject({
      valid: false,
      resolutionMs: 510,
      invalidReason: expect.stringContaining('no probe was sent'),
    });
  });

  test('when the prober itself failed', () => {
    const own = run('...').map((sample, i): ProbeSample => (i === 1 ? { ...sample, outcome: 'local' } : sample));
    expect(outage(own, rate)).toMatchObject({
      valid: false,
      invalidReason: expect.stringContaining('1 probes failed in the prober'),
    });
  });
});

describe('for every run', () => {
  const patterns = fc.string({ unit: fc.constantFrom('.', '.', 's', 'x', 't'), minLength: 1, maxLength: 60 });

  test('windows cover exactly the bad probes', () => {
    const property = fc.property(patterns, (pattern) => {
      const samples = run(pattern);
      const { windows } = outage(samples, rate);
      const covered = (at: number): boolean => windows.some(({ startMs, endMs }) => startMs <= at && at < endMs);
      return samples.every(({ sentMs, index }) => covered(sentMs) === (pattern[index] !== '.'));
    });
    expect(counterexample(property)).toBeUndefined();
  });

  test('the order of the samples does not matter', () => {
    const property = fc.property(
      patterns.chain((pattern) =>
        fc.tuple(fc.constant(pattern), fc.shuffledSubarray(run(pattern), { minLength: pattern.length })),
      ),
      ([pattern, shuffled]) => JSON.stringify(outage(shuffled, rate)) === JSON.stringify(outage(run(pattern), rate)),
    );
    expect(counterexample(property)).toBeUndefined();
  });

  test('one more bad probe never makes the outage shorter', () => {
    const property = fc.property(patterns, fc.nat(), (pattern, at) => {
      const place = at % pattern.length;
      const worse = `${pattern.slice(0, place)}x${pattern.slice(place + 1)}`;
      return outage(run(worse), rate).outageMs >= outage(run(pattern), rate).outageMs;
    });
    expect(counterexample(property)).toBeUndefined();
  });

  test('the longest window is no longer than the span, and the share is above 0 and at most 1', () => {
    const property = fc.property(patterns, (pattern) => {
      const { outageMs, span } = outage(run(pattern), rate);
      return span ? outageMs <= span.endMs - span.startMs && span.share > 0 && span.share <= 1 : outageMs === 0;
    });
    expect(counterexample(property)).toBeUndefined();
  });
});
