import { expect, test } from 'vitest';
import { violationsOf } from '../../../src/drill/random/violation.ts';
import { drillResult } from '../../fakes/drill.ts';

test('a loss that is too long is told with the bound that it broke: that of reads, or of connections', () => {
  const { prediction } = drillResult();
  // 36 connections, 10 ms apart, failed.
  const bounds = (connectionsMs: number, lostMs: number): readonly string[] =>
    violationsOf(
      drillResult({ verdict: 'above', lostMs, prediction: { ...prediction, upperMs: connectionsMs } }),
      Infinity,
    );
  expect(bounds(449, 3000)).toEqual([
    'clients lost 3 s, more than 2.62 s predicted (36 failed, 0 late, the latest answer after 6 ms)',
  ]);
  expect(bounds(200, 360)).toEqual([
    'connections were lost for 360 ms, more than 200 ms predicted (36 failed, 0 late, the latest answer after 4 ms)',
  ]);
  const { reads: _, ...others } = prediction;
  const none = { ...others, impact: 'none' as const, lowerMs: 0, upperMs: 0 };
  expect(violationsOf(drillResult({ verdict: 'above', lostMs: 0, prediction: none }), Infinity)).toEqual([
    'connections were lost for 360 ms, more than 0 ms predicted (36 failed, 0 late, the latest answer after 4 ms)',
  ]);
});
