import { beforeAll, expect, test } from 'vitest';
import { faults } from '../../../src/drill/faults/index.ts';
import { leftToDo, locksLeft, text } from '../../act/sim/verbs.ts';
import { copyOf, pass, type SimCluster } from '../../fakes/sim/cluster.ts';
import { drilled, remains, running, spec } from './world.ts';

let healthy: SimCluster;
beforeAll(async () => {
  healthy = await running();
});

test.each(faults)('$name runs to its end, twice, and leaves nothing', async (fault) => {
  const cluster = copyOf(healthy);
  for (const attempt of ['first', 'second']) {
    const { results, findings } = await drilled(cluster, [fault]);
    expect(findings.map(text), attempt).toEqual([]);
    expect(results, attempt).toHaveLength(1);
    const [result] = results;
    expect(result?.gates.filter(({ passed }) => !passed)).toEqual([]);
    expect(remains(cluster), attempt).toEqual([]);
    expect(locksLeft(cluster), attempt).toEqual([]);
  }
  await pass(cluster, 1000);
  expect(await leftToDo(cluster, spec)).toEqual([]);
});
