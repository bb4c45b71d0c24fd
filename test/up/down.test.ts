import { describe, expect, test } from 'vitest';
import { planDown } from '../../src/up/down.ts';
import { downText } from '../../src/report/down.ts';
import { errorsOf } from '../act/sim/verbs.ts';
import { drive, nodeOf, pass, simCluster, simRun, type SimCluster } from '../fakes/sim/cluster.ts';
import { powerOff } from '../fakes/sim/node.ts';
import { bringDown, madeCluster, membersOf, spec } from './scenarios.ts';

async function made(): Promise<SimCluster> {
  const cluster = simCluster(spec);
  await madeCluster(cluster, spec);
  return cluster;
}

/** Changes on nodes, but for locks. */
function changesOf(cluster: SimCluster, since: number): readonly string[] {
  return cluster.log.slice(since).flatMap(({ node, intent }) => {
    if (intent.kind !== 'step') return [];
    return [`${intent.step.kind === 'kubeadm' ? intent.step.does : intent.step.kind} ${node}`];
  });
}

describe('down', () => {
  test('takes workers first, then the control plane from its end, and the endpoint at last', async () => {
    const cluster = await made();
    const since = cluster.log.length;
    const run = simRun(cluster);
    const ran = await drive(cluster, run, bringDown(cluster, run));
    expect(ran && errorsOf(ran)).toEqual([]);
    expect(ran?.outcome).toBe('applied');
    const done = changesOf(cluster, since);
    expect(done.slice(0, 4)).toEqual(['take-down w1', 'take-down cp3', 'take-down cp2', 'take-down cp1']);
    expect(done.slice(4).toSorted()).toEqual(['remove cp1', 'remove cp2', 'remove cp3', 'remove w1']);
    const again = simRun(cluster);
    expect((await drive(cluster, again, bringDown(cluster, again)))?.outcome).toBe('unchanged');
  });

  test('changes nothing where it is declined', async () => {
    const cluster = await made();
    const since = cluster.log.length;
    const run = simRun(cluster);
    const ran = await drive(cluster, run, bringDown(cluster, run, { confirm: async () => false }));
    expect(ran?.outcome).toBe('declined');
    expect(changesOf(cluster, since)).toEqual([]);
    expect(await membersOf(cluster)).toHaveLength(4);
  });

  test('refuses a node that up did not make, unless it is told', async () => {
    const cluster = await made();
    const { kubeadm } = nodeOf(cluster, 'cp2').machine;
    if (kubeadm) kubeadm.ours = false;
    const since = cluster.log.length;
    const run = simRun(cluster);
    const ran = await drive(cluster, run, bringDown(cluster, run));
    expect(ran?.findings).toContainEqual(expect.objectContaining({ rule: 'not-made-by-up', node: 'cp2' }));
    expect(changesOf(cluster, since)).toEqual([]);
    const told = simRun(cluster);
    expect((await drive(cluster, told, bringDown(cluster, told, { notOurs: true })))?.outcome).toBe('applied');
    expect(await membersOf(cluster)).toEqual([]);
  });

  test('takes nothing down while a node that up made is not in the file', async () => {
    const cluster = await made();
    const run = simRun(cluster);
    const less = { ...spec, nodes: spec.nodes.slice(0, 2) };
    const ran = await drive(cluster, run, bringDown(cluster, run, {}, less));
    expect(ran?.findings).toContainEqual(
      expect.objectContaining({ rule: 'node-not-in-file', severity: 'error', node: 'cp3' }),
    );
    expect(await membersOf(cluster)).toHaveLength(4);
  });

  test('leaves a machine out only where it is said to be dead', async () => {
    const cluster = await made();
    powerOff(nodeOf(cluster, 'cp3'));
    await pass(cluster, 5000);
    const run = simRun(cluster);
    expect((await drive(cluster, run, bringDown(cluster, run)))?.outcome).toBe('failed');
    expect(await membersOf(cluster)).toEqual(['cp1', 'cp2', 'w1']);
    const told = simRun(cluster);
    const ran = await drive(cluster, told, bringDown(cluster, told, { without: ['cp3'] }));
    expect(ran?.outcome).toBe('applied');
    expect(ran?.findings).toContainEqual(expect.objectContaining({ rule: 'left-behind', node: 'cp3' }));
    expect(await membersOf(cluster)).toEqual([]);
  });
});

test('nothing is there to take down on bare machines', () => {
  expect(planDown(spec, [], false).steps).toEqual([]);
});

test('the plan tells people what goes', () => {
  const plan = {
    cluster: 'prod',
    steps: [{ node: 'w1', role: 'worker' as const }, { node: 'cp1', role: 'control-plane' as const }, {}],
    hash: 'abc',
  };
  expect(downText(plan)).toMatchInlineSnapshot(`
    "prod: 3 steps in this order (plan abc)

       1. w1: take the worker off its machine (kubeadm reset); its pods end
       2. cp1: take the control-plane node off its machine (kubeadm reset), with its part of etcd’s data
       3. remove the endpoint: HAProxy, keepalived and every file of k8s-ha, VIP holder last
    "
  `);
});
