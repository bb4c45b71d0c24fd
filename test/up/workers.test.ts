import { describe, expect, test } from 'vitest';
import { clusterStatus } from '../../src/act/verbs/status.ts';
import { diagnoseStatus } from '../../src/judge/status.ts';
import { paths, versionFiles } from '../../src/node/paths.ts';
import { haveBalancers, lookAtWorkers, withWorkers } from '../../src/up/workers.ts';
import { drive, nodeOf, simCluster, simRun, type SimCluster } from '../fakes/sim/cluster.ts';
import { write } from '../fakes/sim/node.ts';
import { bareMachines, localWorkers, spec, whole } from './scenarios.ts';

async function made(): Promise<SimCluster> {
  const cluster = simCluster(localWorkers);
  await bareMachines(cluster);
  await whole(cluster, localWorkers);
  return cluster;
}

/** Causes on workers, as `status` tells them. */
async function told(cluster: SimCluster): Promise<readonly string[]> {
  const run = simRun(cluster);
  const nodes = run.hosts.filter(({ name }) => name !== 'w1');
  const workers = run.hosts.filter(({ name }) => name === 'w1');
  const looked = await drive(
    cluster,
    run,
    Promise.all([
      clusterStatus(localWorkers, nodes),
      lookAtWorkers(localWorkers, workers, new AbortController().signal),
    ]),
  );
  if (!looked) throw new Error('it was killed');
  const status = withWorkers(localWorkers, ...looked);
  return diagnoseStatus(localWorkers, status)
    .causes.filter(({ node }) => node === 'w1')
    .map(({ rule, what, command }) => `${rule}: ${what}: ${command}`);
}

describe('the status of workers with a HAProxy of their own', () => {
  test('says nothing of one that is as the file says', async () => {
    expect(await told(await made())).toEqual([]);
  });

  test('tells of files that differ, of a HAProxy that does not run, and of a kubelet that asks elsewhere', async () => {
    const cluster = await made();
    const w1 = nodeOf(cluster, 'w1');
    write(w1, paths.haproxyConfig, '# by hand\n');
    expect(await told(cluster)).toEqual([
      'worker-differs: w1: 1 file of its HAProxy differs from the cluster file: k8s-ha up tutorial.yaml',
    ]);
    w1.services.haproxy.active = false;
    write(w1, '/etc/kubernetes/kubelet.conf', 'server: https://10.0.0.1:6443');
    expect((await told(cluster)).join()).toMatch(
      /its kubelet asks https:\/\/10\.0\.0\.1:6443, and should ask https:\/\/127\.0\.0\.1:7443; its HAProxy does not run/,
    );
    await whole(cluster, localWorkers);
    expect(await told(cluster)).toEqual([]);
  });

  test('tells of an upgrade that has not ended, with its command', async () => {
    const cluster = await made();
    write(nodeOf(cluster, 'w1'), versionFiles.visit, 'v1.36.3 node /mnt/new\ncordoned\n');
    expect(await told(cluster)).toEqual([
      'unfinished: w1: its upgrade to Kubernetes v1.36.3 was begun and has not ended: k8s-ha upgrade kubernetes 1.36.3 tutorial.yaml --from /mnt/new',
    ]);
  });

  test('tells of one that does not answer', async () => {
    const cluster = await made();
    nodeOf(cluster, 'w1').reachable = false;
    expect((await told(cluster)).join()).toMatch(/^worker-unknown: .*ssh/);
  });

  test('is asked for only where workers have one', () => {
    expect([haveBalancers(spec), haveBalancers(localWorkers)]).toEqual([false, true]);
  });
});
