import { describe, expect, test } from 'vitest';
import type { Finding } from '../../../src/core/finding.ts';
import { err, ok } from '../../../src/core/result.ts';
import { attempts } from '../../../src/drill/measure/attempts.ts';
import { isGood, isInconclusive, lastAttempts, type DrillResult } from '../../../src/drill/result.ts';
import { drillResult } from '../../fakes/drill.ts';

const good = drillResult();
const late = drillResult({
  verdict: 'invalid',
  outage: { ...good.outage, valid: false, invalidReason: 'probes were sent up to 76 ms late' },
});
const above = drillResult({ verdict: 'above' });
const lossyAndLate = drillResult({ ...late, writes: { ...late.writes!, lost: 1 } });
const sickAndLate = drillResult({
  ...late,
  gates: [{ sentence: 'all is well', passed: false, lastError: 'it is not', tookMs: 1 }],
});
const twoHoldersAndLate = drillResult({ ...late, twoHoldersVerdict: 'above' });
const failed: Finding = { rule: 'not-healthy', severity: 'error', message: 'cp1 is down' };

/** Measures what is given, one after the other. */
async function run(
  measured: readonly (DrillResult | Finding)[],
  { retries = 2, signal = new AbortController().signal } = {},
) {
  const results: DrillResult[] = [];
  const told: string[] = [];
  let next = 0;
  const findings = await attempts(
    async () => {
      const one = measured[next++];
      if (!one) throw new Error('measured too often');
      return 'rule' in one ? err([one]) : ok(one);
    },
    {
      retries,
      signal,
      onResult: (result) => void results.push(result),
      onRetry: (what) => void told.push(what),
    },
  );
  return { results, told, findings, counted: lastAttempts(results) };
}

describe('an invalid measurement', () => {
  test('is made again, says why, and only the last attempt counts', async () => {
    const { results, told, counted } = await run([late, late, good]);
    expect(results.map(({ verdict, attempt }) => [verdict, attempt])).toEqual([
      ['invalid', 1],
      ['invalid', 2],
      ['within', 3],
    ]);
    expect(told).toEqual([
      'node-lost is measured again: probes were sent up to 76 ms late (retry 1 of 2)',
      'node-lost is measured again: probes were sent up to 76 ms late (retry 2 of 2)',
    ]);
    expect(counted.every(isGood)).toBe(true);
  });

  test('is not made again where nobody asked for that, and is not good', async () => {
    const { results, told, counted } = await run([late], { retries: 0 });
    expect(results).toHaveLength(1);
    expect(told).toEqual([]);
    expect(counted.every(isGood)).toBe(false);
  });

  test('stays invalid when every attempt was', async () => {
    const { results, counted } = await run([late, late], { retries: 1 });
    expect(results).toHaveLength(2);
    expect(counted).toMatchObject([{ attempt: 2, verdict: 'invalid' }]);
    expect(counted.every(isGood)).toBe(false);
  });

  test('whose next attempt is bad is bad', async () => {
    const { counted } = await run([late, above]);
    expect(counted.map(({ verdict }) => verdict)).toEqual(['above']);
  });

  test('is reported with the reason for which there is no other attempt', async () => {
    const { results, findings, counted } = await run([late, failed]);
    expect(results).toHaveLength(1);
    expect(findings).toEqual([failed]);
    expect(counted.every(isGood)).toBe(false);
  });

  test('of who held the address is made again too', async () => {
    const blind = drillResult({
      twoHoldersVerdict: 'invalid',
      holders: { ...good.holders, unknown: { cp2: 'no answer' } },
    });
    expect((await run([blind, good])).told).toEqual([
      'node-lost is measured again: what cp2 held is unknown (retry 1 of 2)',
    ]);
  });

  test('is not made again once the operator has asked to stop', async () => {
    const abort = new AbortController();
    const results: DrillResult[] = [];
    await attempts(
      async () => {
        abort.abort();
        return ok(late);
      },
      { retries: 2, signal: abort.signal, onResult: (result) => void results.push(result), onRetry: () => undefined },
    );
    expect(results).toHaveLength(1);
    expect(lastAttempts(results).every(isGood)).toBe(false);
  });
});

describe('what went wrong in the cluster', () => {
  test.each([
    ['a loss longer than predicted', above],
    ['a lost write', lossyAndLate],
    ['a cluster that does not heal', sickAndLate],
    ['two holders for too long', twoHoldersAndLate],
  ])('is never made up for by another attempt: %s', async (_, bad) => {
    expect(isInconclusive(bad)).toBe(false);
    const { results, counted } = await run([bad]);
    expect(results).toHaveLength(1);
    expect(counted.every(isGood)).toBe(false);
  });

  test('in an earlier run of the same fault still counts', () => {
    expect(lastAttempts([above, late, { ...good, attempt: 2 }, good]).map(({ verdict }) => verdict)).toEqual([
      'above',
      'within',
      'within',
    ]);
  });
});
