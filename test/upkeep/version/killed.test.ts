import { describe, expect, test } from 'vitest';
import { killedEverywhere } from '../../act/sim/killed.ts';
import { drain } from '../../../src/act/verbs/drain.ts';
import { errorsOf, optionsOf } from '../../act/sim/verbs.ts';
import { drive, holders, nodeOf, pass, simRun, type SimCluster } from '../../fakes/sim/cluster.ts';
import { memberFile } from '../../fakes/sim/etcd.ts';
import { paths } from '../../../src/node/paths.ts';
import { contentOf, powerOff, powerOn } from '../../fakes/sim/node.ts';
import { bringTo, from, madeOld, scenario, spec, to, upgraded, versionOf, wrongWith } from './scenarios.ts';

test('killed after any command, an upgrade of Kubernetes is finished by the next run', async () => {
  const { commands, problems } = await killedEverywhere(scenario);
  expect(problems).toEqual([]);
  expect(commands).toBeGreaterThan(60);
});

/** What kubeadm was told to do, in order. */
function kubeadmOf(cluster: SimCluster): readonly string[] {
  return cluster.log.flatMap(({ node, intent }) =>
    intent.kind === 'step' && intent.step.kind === 'version' && intent.step.does === 'kubeadm'
      ? [`${intent.step.as} ${node}`]
      : [],
  );
}

function isStep(intent: SimCluster['log'][number]['intent'], does: string): boolean {
  return intent.kind === 'step' && intent.step.kind === 'version' && intent.step.does === does;
}

function changes(cluster: SimCluster): number {
  return cluster.log.filter(({ intent }) => intent.kind === 'step').length;
}

describe('an upgrade of Kubernetes', () => {
  test('visits the last node first, the VIP holder last of the control plane, then the workers', async () => {
    const cluster = await madeOld();
    const vip = spec.endpoint.virtualIPs[0]?.address ?? '';
    expect(holders(cluster, vip)).toEqual(['cp1']);
    expect(await upgraded(cluster)).toMatchObject({ outcome: 'applied' });
    expect(kubeadmOf(cluster)).toEqual(['apply cp3', 'node cp2', 'node cp1', 'node w1']);
    expect(wrongWith(cluster)).toEqual([]);
  });

  test('lets another member lead before kubeadm replaces the leader, and before the new kubelet restarts it', async () => {
    const cluster = await madeOld();
    await upgraded(cluster);
    const steps = cluster.log.flatMap(({ node, intent }) =>
      intent.kind === 'step' && 'does' in intent.step && ['move-leader', 'kubeadm', 'place'].includes(intent.step.does)
        ? [`${intent.step.does} ${node}`]
        : [],
    );
    expect(steps.filter((step) => step.endsWith('cp1'))).toEqual([
      'place cp1',
      'move-leader cp1',
      'kubeadm cp1',
      'move-leader cp1',
      'place cp1',
    ]);
    expect(steps.filter((step) => step.startsWith('move-leader'))).toHaveLength(2);
  });

  test('looks at no more machines than it has to: every look starts a dozen programs', async () => {
    const cluster = await madeOld();
    await upgraded(cluster);
    const looks = cluster.log.filter(({ intent }) => intent.kind === 'look-version').length;
    const visited = cluster.log.filter(({ intent }) => isStep(intent, 'begin')).length;
    expect(visited).toBe(4);
    // Two of all machines, for the plan and for the end.
    expect(looks - 2 * 4).toBeLessThan(visited * 20);
  });

  test('takes a snapshot of etcd before the first node', async () => {
    const cluster = await madeOld();
    await upgraded(cluster);
    const kinds = cluster.log.flatMap(({ node, intent }) => {
      if (intent.kind === 'snapshot-etcd') return [`snapshot on ${node} ${intent.prefix}`];
      return intent.kind === 'step' && intent.step.kind === 'version' ? [intent.step.does] : [];
    });
    const at = kinds.indexOf(`snapshot on cp1 before-${to}-`);
    expect(at).toBeGreaterThan(-1);
    expect(at).toBeLessThan(kinds.indexOf('begin'));
  });

  test('ends before the first node where etcd gives no snapshot', async () => {
    const cluster = await madeOld();
    for (const name of ['cp1', 'cp2']) nodeOf(cluster, name).files.delete(memberFile);
    const { outcome, findings } = await upgraded(cluster);
    expect(outcome).toBe('failed');
    expect(findings).toMatchObject([{ rule: 'version-no-snapshot', node: 'cp1' }, { severity: 'info' }]);
    expect(kubeadmOf(cluster)).toEqual([]);
  });

  test('changes nothing where every node is of the version', async () => {
    const cluster = await madeOld();
    await upgraded(cluster);
    const before = changes(cluster);
    expect(await upgraded(cluster)).toMatchObject({ outcome: 'unchanged', findings: [] });
    expect(changes(cluster)).toBe(before);
  });

  test('changes nothing where the operator says no', async () => {
    const cluster = await madeOld();
    const before = changes(cluster);
    expect(await upgraded(cluster, { confirm: async () => false })).toMatchObject({ outcome: 'declined' });
    expect(changes(cluster)).toBe(before);
  });

  test('leaves pods where they are where that is asked for', async () => {
    const cluster = await madeOld();
    await upgraded(cluster, { keepPods: true });
    const drains = cluster.log.filter(
      ({ intent }) => intent.kind === 'step' && intent.step.kind === 'version' && intent.step.does === 'drain',
    );
    expect(drains).toEqual([]);
    expect(wrongWith(cluster)).toEqual([]);
  });

  test('is refused while somebody else has drained a node, which stays drained', async () => {
    const cluster = await madeOld();
    const run = simRun(cluster);
    const hosts = run.hosts.filter(({ name }) => name !== 'w1');
    await drive(
      cluster,
      run,
      drain(spec, 'cp2', { ...optionsOf(cluster, run), hosts, reason: 'memory', sessionsMs: 0 }),
    );
    const refused = await upgraded(cluster);
    expect(errorsOf(refused).join()).toContain('cp2: version-node-drained: it is drained: memory (ada)');
    expect(contentOf(nodeOf(cluster, 'cp2'), paths.drain)).toMatch(/^1 operator/);
  });

  test('does not let pods come to a node that took none before', async () => {
    const cluster = await madeOld();
    versionOf(cluster, 'w1').cordoned = true;
    await upgraded(cluster);
    expect(wrongWith(cluster)).toEqual(['w1 has no pods']);
  });

  test('stops at the node where kubeadm fails, which takes part again, and goes on there', async () => {
    const cluster = await madeOld();
    const cp2 = versionOf(cluster, 'cp2');
    cp2.refuses = '[ERROR ImagePull]: no such image';
    const refused = await upgraded(cluster);
    expect(errorsOf(refused).join()).toContain(
      'cp2: version-kubeadm-failed: kubeadm did not end well: [ERROR ImagePull]',
    );
    expect(cluster.nodes.flatMap(({ drainedServers }) => [...drainedServers])).toEqual([]);
    expect(cp2.cordoned).toBe(false);
    expect(versionOf(cluster, 'cp1').manifests).toBe(from);
    cp2.refuses = undefined;
    expect(await upgraded(cluster)).toMatchObject({ outcome: 'applied' });
    expect(kubeadmOf(cluster)).toEqual(['apply cp3', 'node cp2', 'node cp2', 'node cp1', 'node w1']);
    expect(wrongWith(cluster)).toEqual([]);
  });

  test('stops where pods do not leave, with the node as it was', async () => {
    const cluster = await madeOld();
    versionOf(cluster, 'cp3').podsStay = true;
    const stopped = await upgraded(cluster);
    expect(errorsOf(stopped).join()).toContain('cp3: version-pods-stay');
    expect(versionOf(cluster, 'cp3')).toMatchObject({ cordoned: false, manifests: from });
    expect(cluster.nodes.flatMap(({ drainedServers }) => [...drainedServers])).toEqual([]);
  });

  test('brings API server and node back by themselves where the operator’s machine died', async () => {
    const cluster = await madeOld();
    const cp1 = nodeOf(cluster, 'cp1');
    const isDrained = (): boolean => contentOf(cp1, paths.drain).startsWith('1');
    const run = simRun(cluster, {
      onChanged: () => {
        if (isDrained()) run.run.dead = true;
      },
    });
    await drive(cluster, run, bringTo(cluster, run));
    expect(cluster.nodes.flatMap(({ drainedServers }) => [...drainedServers])).toEqual(['cp1', 'cp1', 'cp1']);
    expect(isDrained()).toBe(true);
    for (let minute = 0; minute < 26; minute += 1) await pass(cluster, 60_000);
    expect(cluster.nodes.flatMap(({ drainedServers }) => [...drainedServers])).toEqual([]);
    expect(isDrained()).toBe(false);
  });

  test.each([4000, 12_000, 20_000])('goes on after cp3 lost its power %d ms after the begin', async (atMs) => {
    const cluster = await madeOld();
    const cp3 = nodeOf(cluster, 'cp3');
    const run = simRun(cluster);
    const work = bringTo(cluster, run);
    void cluster.clock.sleep(atMs).then(() => powerOff(cp3));
    await drive(cluster, run, work);
    powerOn(cp3, cluster.clock.monotonicMs());
    await pass(cluster, 30_000);
    expect(errorsOf(await upgraded(cluster))).toEqual([]);
    await pass(cluster, 3000);
    expect(cluster.nodes.map(({ name }) => versionOf(cluster, name).kubelet)).toEqual([to, to, to, to]);
  });
});
