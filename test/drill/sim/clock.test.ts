import { beforeAll, expect, test } from 'vitest';
import { faults } from '../../../src/drill/faults/index.ts';
import { suitable } from '../../../src/drill/random/rounds.ts';
import type { DrillResult } from '../../../src/drill/result.ts';
import type { Fault } from '../../../src/drill/fault.ts';
import { clockStepped } from '../../../src/drill/faults/clock-stepped.ts';
import { keepalivedKilled } from '../../../src/drill/faults/keepalived-killed.ts';
import { copyOf, type SimCluster } from '../../fakes/sim/cluster.ts';
import { drilled, running } from './world.ts';

let healthy: SimCluster;
beforeAll(async () => {
  healthy = await running();
});

async function holders(chosen: readonly Fault[]): Promise<DrillResult['holders']> {
  const { results, findings } = await drilled(copyOf(healthy), chosen);
  expect(findings).toEqual([]);
  const [result] = results;
  if (!result) throw new Error('nothing was measured');
  return result.holders;
}

test('who holds a VIP when is known though the clock is an hour away, and set while it is written down', async () => {
  const plain = await holders([keepalivedKilled]);
  expect(plain.spans.map((span) => span.holders)).toContainEqual(['cp2']);
  const { spans, twoMs, noneMs, unknown } = await holders([clockStepped, keepalivedKilled]);
  expect(unknown).toEqual({});
  expect(spans.map((span) => span.holders)).toEqual(plain.spans.map((span) => span.holders));
  expect({ twoMs, noneMs }).toEqual({ twoMs: plain.twoMs, noneMs: plain.noneMs });
});

test('what starts the jobs of others is left out of what chance may choose', () => {
  const here = { power: undefined, rollOut: undefined };
  expect(faults.filter(({ startsJobs }) => startsJobs === true)).toEqual([clockStepped]);
  expect(suitable(faults, here)).not.toContain(clockStepped);
});
