import { expect, test } from 'vitest';
import { runDrills } from '../../../src/drill/drills.ts';
import { drained } from '../../../src/drill/faults/drained.ts';
import { haproxyKilled } from '../../../src/drill/faults/haproxy-killed.ts';
import type { Fault } from '../../../src/drill/fault.ts';
import { settled } from '../../act/sim/verbs.ts';
import { drive, pass, simCluster, simRun } from '../../fakes/sim/cluster.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { given } from './world.ts';

/** What nodes were told about connections, and when the fault came, in order. */
async function told(fault: Fault, keepConnections: boolean): Promise<readonly string[]> {
  const failover = { targetMs: 500, fencing: true, preempt: false, tellClients: false, keepConnections, timers: {} };
  const spec = fakeSpec({ failover });
  const cluster = simCluster(spec);
  await settled(cluster, spec);
  await pass(cluster, 5000);
  cluster.log.length = 0;
  const run = simRun(cluster);
  const once = { drills: [[fault]], runs: 1, retries: 0, allowQuorumLoss: false };
  const outcome = await drive(cluster, run, runDrills(spec, { ...given(cluster, run, spec), ...once }));
  expect(outcome?.findings).toEqual([]);
  return cluster.log.flatMap(({ node, intent }) => {
    if (intent.kind === 'break') return [`${node} ${intent.fault}`];
    return intent.kind === 'step' && intent.step.kind === 'keep' ? [`${node} ${intent.step.does}`] : [];
  });
}

test('a planned move is prepared on every node before the holder is drained', async () => {
  const said = await told(drained, true);
  expect(said.slice(0, 3).toSorted((a, b) => a.localeCompare(b))).toEqual(
    ['cp1', 'cp2', 'cp3'].map((node) => `${node} hand-on`),
  );
  expect(said.slice(3)).toEqual(['cp1 begin', 'cp1 drained']);
});

test('nothing is kept where the cluster file does not say so, nor by a fault that nobody planned', async () => {
  expect(await told(drained, false)).toEqual(['cp1 drained']);
  expect(await told(haproxyKilled, true)).toEqual(['cp1 haproxy-killed']);
});
