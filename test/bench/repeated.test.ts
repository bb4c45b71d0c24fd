import { describe, expect, test } from 'vitest';
import { isValid, isWithin, nextFault, page, runOf, type Run } from '../../bench/drills/repeated.ts';
import { drillResult } from '../fakes/drill.ts';

function run(overrides: Partial<Run> = {}): Run {
  return { ...runOf(drillResult(), { revision: '8228f41', load: 0.4 }), ...overrides };
}

/** Of the page's table, those of faults that a test names. */
function rows(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.startsWith('| node'));
}

describe('a run', () => {
  const { prediction } = drillResult();
  const reads = { impact: 'outage', lowerMs: 1100, upperMs: 2600, formula: 'an election of etcd' } as const;

  test('counts where the prober and the record of the addresses were on time', () => {
    expect(isValid(run())).toBe(true);
    expect(isValid(run({ verdict: 'above', twoHoldersVerdict: 'above' }))).toBe(true);
    expect(isValid(run({ verdict: 'invalid' }))).toBe(false);
    expect(isValid(run({ twoHoldersVerdict: 'invalid' }))).toBe(false);
  });

  test('is within where nothing was longer than predicted, nothing lost, and the cluster well again', () => {
    expect(isWithin(run())).toBe(true);
    expect(isWithin(run({ verdict: 'below' }))).toBe(true);
    expect(isWithin(run({ writes: undefined }))).toBe(true);
  });

  test.each<[string, Partial<Run>]>([
    ['a loss above the bound', { verdict: 'above' }],
    ['a loss that was not measured', { verdict: 'invalid' }],
    ['two holders above the bound', { twoHoldersVerdict: 'above' }],
    ['holders that were not measured', { twoHoldersVerdict: 'invalid' }],
    ['an acknowledged write that is lost', { writes: { acknowledged: 17, lost: 1 } }],
    ['a cluster that is not well again', { failedGates: ['every API server is ready'] }],
  ])('is not within with %s', (_, overrides) => {
    expect(isWithin(run(overrides))).toBe(false);
  });

  test('keeps the conditions that did not become true, and no others', () => {
    const gates = [
      { sentence: 'each VIP has one holder', passed: true, lastError: undefined, tookMs: 3 },
      { sentence: 'every API server is ready', passed: false, lastError: 'cp1: refused', tookMs: 60_000 },
    ];
    expect(runOf(drillResult({ gates }), { revision: '8228f41', load: 0.4 }).failedGates).toEqual([
      'every API server is ready',
    ]);
  });

  test('is held against the bounds of reads where those were measured, and of connections elsewhere', () => {
    const about = { revision: '8228f41', load: 0.4 };
    const result = drillResult({ prediction: { ...prediction, lowerMs: 100, upperMs: 400, reads } });
    expect(runOf(result, about).predicted).toMatchObject({
      lowerMs: 1100,
      upperMs: 2600,
      connectionsUpperMs: 400,
    });
    expect(runOf({ ...result, usable: undefined }, about).predicted).toMatchObject({
      lowerMs: 100,
      upperMs: 400,
      connectionsUpperMs: 400,
    });
  });

  test('has no upper bound where there is no end, which JSON cannot say', () => {
    const endless = { ...prediction, upperMs: Infinity, twoHoldersUpperMs: Infinity };
    const { predicted } = runOf(drillResult({ prediction: endless, usable: undefined }), {
      revision: '8228f41',
      load: 0.4,
    });
    expect(Object.keys(predicted)).toEqual(['impact', 'lowerMs']);
  });
});

describe('the next fault', () => {
  const [a, b] = [run({ fault: 'a' }), run({ fault: 'b' })];

  test('is the first of those that have the fewest valid runs', () => {
    expect(nextFault(['a', 'b', 'c'], [], 2)).toBe('a');
    expect(nextFault(['a', 'b', 'c'], [a, a, b], 3)).toBe('c');
    expect(nextFault(['a', 'b'], [a, b], 2)).toBe('a');
    expect(nextFault(['b', 'a'], [a, a, b], 3)).toBe('b');
  });

  test('is drilled again where a run does not count', () => {
    expect(nextFault(['a', 'b'], [a, { ...a, verdict: 'invalid' }, b, b], 2)).toBe('a');
  });

  test('is none where each has its runs, more than wanted too', () => {
    expect(nextFault(['a', 'b'], [a, a, b], 1)).toBeUndefined();
    expect(nextFault([], [a], 1)).toBeUndefined();
  });
});

describe('the page', () => {
  test('tells how many of the valid runs were within, and the longest of them', () => {
    const predicted: Run['predicted'] = { impact: 'outage', lowerMs: 280, upperMs: 620, twoUpperMs: 5 };
    const runs = [
      run({ lostMs: 310, twoMs: 4, load: 0.4, predicted }),
      run({ lostMs: 900, verdict: 'above', load: 7.8, predicted }),
      run({ lostMs: 20_000, verdict: 'invalid', load: 30, predicted }),
    ];
    const text = page(['node-paused', 'node-lost'], runs, {});
    expect(text).toContain('2 valid runs, 1 within (50.0 %).');
    expect(rows(text)).toEqual(['| node-lost | 1 of 2 | 900 ms | 280 ms–620 ms | 4 ms | 5 ms | 0–8 |']);
  });

  test('says on what it was measured', () => {
    expect(page([], [], {})).toMatch(/stand-in API server, 100 new.*drills-repeated\.json/);
    expect(page([], [], {}, 'kubernetes')).toMatch(/real Kubernetes, 20 new.*drills-repeated-kubernetes\.json/);
  });

  test('tells of a fault that was never measured, and of those that could not be', () => {
    const text = page(['node-lost'], [run({ verdict: 'invalid' })], { 'disk-full': 'no room' });
    expect(text).toContain('0 valid runs, 0 within.\n');
    expect(rows(text)).toEqual(['| node-lost | 0 of 0 | – | – | – | – | – |']);
    expect(text.endsWith('\nNot run: `disk-full`: no room.\n')).toBe(true);
  });
});
