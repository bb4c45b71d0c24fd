import { describe, expect, test } from 'vitest';
import { outage } from '../../src/drill/outage.ts';
import type { ProbeSample } from '../../src/drill/probe.ts';
import type { DrillResult } from '../../src/drill/result.ts';
import { isGood } from '../../src/drill/result.ts';
import { predict } from '../../src/predict/predict.ts';
import { drillReport } from '../../src/report/drill-report.ts';
import { drillText } from '../../src/report/drill.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

const samples: readonly ProbeSample[] = Array.from({ length: 100 }, (_, index) => {
  const sentMs = 10_000 + index * 10;
  const bad = index >= 30 && index < 66;
  return { kind: 'connect', index, sentMs, doneMs: sentMs + 4, outcome: bad ? 'unreachable' : 'ok', latenessMs: 0 };
});

const [prediction] = predict(fakeSpec(), fakeTimers).filter(({ disruption }) => disruption === 'node-lost');
if (!prediction) throw new Error('no prediction');

const result = (overrides: Partial<DrillResult> = {}): DrillResult => ({
  fault: 'node-lost',
  summary: 'the VIP holder loses power',
  nodes: ['cp1'],
  vip: '172.16.100.100',
  startedAt: '2026-11-24T12:00:00.000Z',
  ratePerSecond: 100,
  prediction,
  outage: outage(samples, { ratePerSecond: 100 }),
  lostMs: 360,
  verdict: 'within',
  requests: { sent: 20, failed: 0, slow: 1, worstMs: 1200, stallMs: 50 },
  watch: { cuts: 1, reconnectMs: 410, silenceMs: 420, open: true },
  writes: { sent: 20, failed: 3, slow: 0, worstMs: 30, stallMs: 380, acknowledged: 17, lost: 0 },
  writesNote: undefined,
  holders: {
    spans: [
      { fromMs: -300, toMs: 0, holders: ['cp1'] },
      { fromMs: 0, toMs: 350, holders: [] },
      { fromMs: 350, toMs: 700, holders: ['cp2'] },
    ],
    twoMs: 0,
    noneMs: 350,
    errorMs: 2,
    unknown: {},
  },
  twoHoldersVerdict: 'within',
  clientView: [{ atMs: -300, node: 'cp1' }],
  healedMs: 650,
  healedBy: 'operator',
  afterHeal: outage(samples.slice(0, 5), { ratePerSecond: 100 }),
  gates: [],
  samples: samples.map(({ sentMs, outcome }) => [sentMs - 10_300, 4, outcome]),
  ...overrides,
});

describe("a drill's report", () => {
  test('on a terminal has what was lost next to what was predicted', () => {
    expect(drillText([result()])).toMatch(/node-lost +cp1 +360 ms ± 10 ms +286–449 ms +36 of 100/);
  });

  test('calls lost writes, two holders, an unfinished healing and an unknown node by their names', () => {
    const bad = result({
      writes: { sent: 20, failed: 3, slow: 0, worstMs: 30, stallMs: 380, acknowledged: 17, lost: 2 },
      holders: { ...result().holders, twoMs: 900, unknown: { cp3: 'no answer' } },
      twoHoldersVerdict: 'above',
      gates: [{ sentence: 'all is well', passed: false, lastError: 'it is not', tookMs: 1 }],
      writesNote: 'no credentials',
    });
    const text = drillText([bad]);
    for (const words of [
      '2 ACKNOWLEDGED WRITES ARE LOST',
      'TWO HOLDERS for 900 ms',
      'NOT HEALED: all is well',
      'cp3',
      'no credentials',
    ])
      expect(text).toContain(words);
    expect(isGood(bad)).toBe(false);
    expect(isGood(result())).toBe(true);
  });

  test('as a page needs nothing from anywhere, and no script', () => {
    const page = drillReport('tutorial', [result()])['report.html'] ?? '';
    expect(page).not.toMatch(/<script|https?:\/\/|@import|url\(|src=/);
    expect(page).toContain("default-src 'none'");
    expect(page).toContain('<svg');
  });

  test('shows names that come from outside as text', () => {
    const page = drillReport('<b>x</b>', [result({ nodes: ['<img src=x>'] })])['report.html'] ?? '';
    expect(page).not.toMatch(/<b>x|<img/);
    const markdown = drillReport('x', [result({ nodes: ['a|b'] })])['report.md'] ?? '';
    expect(markdown).toContain(String.raw`a\|b`);
  });

  test('as data can be read back whole', () => {
    const data: unknown = JSON.parse(drillReport('tutorial', [result()])['report.json'] ?? '');
    expect(data).toMatchObject({ cluster: 'tutorial', good: true, results: [{ lostMs: 360 }] });
  });
});
