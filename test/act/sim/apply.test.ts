import { expect, test } from 'vitest';
import { holders, simCluster } from '../../fakes/sim/cluster.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { leftToDo, locksLeft, settled, text } from './verbs.ts';

test('a fresh cluster is set up, each VIP on the node that it prefers, and a second run has nothing to do', async () => {
  const spec = fakeSpec();
  const cluster = simCluster(spec);
  const outcome = await settled(cluster, spec);
  expect(outcome.findings.map(text)).toEqual([]);
  expect(outcome.outcome).toBe('applied');
  expect(holders(cluster, '172.16.100.100')).toEqual(['cp1']);
  expect(holders(cluster, '172.16.100.101')).toEqual(['cp2']);
  expect(await leftToDo(cluster, spec)).toEqual([]);
  expect(locksLeft(cluster)).toEqual([]);
});
