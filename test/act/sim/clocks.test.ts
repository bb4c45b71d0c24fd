import { expect, test } from 'vitest';
import { apply } from '../../../src/act/verbs/apply.ts';
import { rollback } from '../../../src/act/verbs/rollback.ts';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import { drive, pass, simCluster, simRun, type SimCluster } from '../../fakes/sim/cluster.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { errorsOf, leftToDo, optionsOf, settled } from './verbs.ts';

const hourMs = 3_600_000;

/** By an operator whose clock is so far ahead. */
async function applied(cluster: SimCluster, spec: ClusterSpec, aheadMs: number): Promise<void> {
  const run = simRun(cluster);
  const { clock } = cluster;
  const options = { ...optionsOf(cluster, run), clock: { ...clock, epochMs: () => clock.epochMs() + aheadMs } };
  const outcome = await drive(cluster, run, apply(spec, options));
  expect(outcome && errorsOf(outcome)).toEqual([]);
  await pass(cluster, 5000);
}

function withTarget(targetMs: number): ClusterSpec {
  return fakeSpec({ failover: { ...fakeSpec().failover, targetMs } });
}

test.each([hourMs, -hourMs])(
  'a rollback goes back to before the last change, where that of before was made with a clock off by %i ms',
  async (aheadMs) => {
    const [first, second, third] = [withTarget(500), withTarget(1000), withTarget(2000)];
    const cluster = simCluster(first);
    await settled(cluster, first);
    await applied(cluster, second, aheadMs);
    await applied(cluster, third, 0);
    const run = simRun(cluster);
    const outcome = await drive(cluster, run, rollback(third, optionsOf(cluster, run)));
    expect(outcome && errorsOf(outcome)).toEqual([]);
    await pass(cluster, 5000);
    expect(await leftToDo(cluster, second)).toEqual([]);
  },
);
