import { describe, expect, test } from 'vitest';
import { drain, undrain } from '../../../src/act/verbs/drain.ts';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import { observe } from '../../../src/observe/once/observe.ts';
import { drive, nodeOf, simCluster, simRun, type SimCluster } from '../../fakes/sim/cluster.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { leftToDo, optionsOf, settled } from './verbs.ts';

const spec = fakeSpec({
  failover: { targetMs: 500, fencing: true, preempt: false, tellClients: false, keepConnections: true, timers: {} },
});
const vip = '172.16.100.100';

/** What nodes were told about connections and about their levers, in order. */
function told({ log }: SimCluster): readonly string[] {
  return log.flatMap(({ node, intent }) => {
    if (intent.kind !== 'step') return [];
    const { step } = intent;
    if (step.kind === 'maintenance') return [`${node} ${step.pull ? 'drain' : 'undrain'}`];
    return step.kind === 'keep' ? [`${node} ${step.does} ${step.vips.join(' ')}`] : [];
  });
}

async function drained(cluster: SimCluster, of: ClusterSpec, node: string): Promise<void> {
  cluster.log.length = 0;
  const run = simRun(cluster);
  const outcome = await drive(
    cluster,
    run,
    drain(of, node, { ...optionsOf(cluster, run), reason: 'new disk', sessionsMs: 0 }),
  );
  expect(outcome?.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
}

async function undrained(cluster: SimCluster, node: string): Promise<void> {
  const run = simRun(cluster);
  await drive(cluster, run, undrain(spec, node, optionsOf(cluster, run)));
}

describe('a planned move with connections', () => {
  test('prepares every node, then the holder, then moves', async () => {
    const cluster = simCluster(spec);
    await settled(cluster, spec);
    await drained(cluster, spec, 'cp1');
    const said = told(cluster);
    expect(said.slice(0, 3).toSorted((a, b) => a.localeCompare(b))).toEqual(
      ['cp1', 'cp2', 'cp3'].map((name) => `${name} hand-on ${vip}`),
    );
    expect(said.slice(3)).toEqual([`cp1 begin ${vip}`, 'cp1 drain']);
  });

  test('keeps none where no other node can hand packets on, and moves all the same', async () => {
    const cluster = simCluster(spec);
    await settled(cluster, spec);
    for (const name of ['cp2', 'cp3']) nodeOf(cluster, name).faults.add('keep');
    await drained(cluster, spec, 'cp1');
    expect(told(cluster)).not.toContain(`cp1 begin ${vip}`);
    expect(told(cluster)).toContain('cp1 drain');
  });

  test('keeps them where one other node can', async () => {
    const cluster = simCluster(spec);
    await settled(cluster, spec);
    nodeOf(cluster, 'cp3').faults.add('keep');
    await drained(cluster, spec, 'cp1');
    expect(told(cluster).slice(-2)).toEqual([`cp1 begin ${vip}`, 'cp1 drain']);
  });

  test('leaves one holder: an address that is kept is not held', async () => {
    const cluster = simCluster(spec);
    await settled(cluster, spec);
    await drained(cluster, spec, 'cp1');
    const run = simRun(cluster);
    const state = await drive(cluster, run, observe(spec, run.hosts));
    const seen = state?.nodes.find(({ node }) => node === 'cp1')?.seen;
    expect(seen?.known === true && seen.value.kept).toMatchObject({ [vip]: { connections: 1 } });
    expect(seen?.known === true && seen.value.addresses.known && seen.value.addresses.value).toEqual([
      expect.objectContaining({ address: '172.16.217.171' }),
    ]);
    await undrained(cluster, 'cp1');
    expect(await leftToDo(cluster, spec)).toEqual([]);
  });

  test('moves nothing else, and none at all where the key is off', async () => {
    const cluster = simCluster(spec);
    await settled(cluster, spec);
    await drained(cluster, spec, 'cp3');
    // It holds nothing, so that no connection goes through it.
    expect(told(cluster)).toEqual(['cp3 drain']);
    const off = fakeSpec();
    const without = simCluster(off);
    await settled(without, off);
    await drained(without, off, 'cp1');
    expect(told(without)).toEqual(['cp1 drain']);
  });
});
