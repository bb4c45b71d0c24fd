import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/act/outcome.ts';
import { renewCertificates } from '../../../src/upkeep/certificates/renew.ts';
import type { RenewalPlan } from '../../../src/upkeep/certificates/plan.ts';
import { killedEverywhere } from '../../act/sim/killed.ts';
import type { Scenario } from '../../act/sim/scenarios.ts';
import { optionsOf } from '../../act/sim/verbs.ts';
import {
  drive,
  holders,
  nodeOf,
  pass,
  simCluster,
  simRun,
  type SimCluster,
  type SimRun,
} from '../../fakes/sim/cluster.ts';
import { asksEndpoint } from '../../fakes/sim/away.ts';
import { giveOldCertificates, notRenewed } from '../../fakes/sim/certificates.ts';
import { clusterOfKubeadm, spec } from '../scenarios.ts';

async function prepare(cluster: SimCluster): Promise<void> {
  await clusterOfKubeadm(cluster);
  for (const node of cluster.nodes) giveOldCertificates(node);
}

function renew(cluster: SimCluster, run: SimRun, all = false): Promise<Outcome<RenewalPlan>> {
  return renewCertificates(spec, { ...optionsOf(cluster, run), all });
}

async function renewed(cluster: SimCluster, all = false): Promise<Outcome<RenewalPlan>> {
  const run = simRun(cluster);
  const outcome = await drive(cluster, run, renew(cluster, run, all));
  if (!outcome) throw new Error('it was killed');
  return outcome;
}

async function ready(): Promise<SimCluster> {
  const cluster = simCluster(spec);
  await prepare(cluster);
  return cluster;
}

function wrongWith({ nodes }: SimCluster): readonly string[] {
  return nodes.flatMap((node) => [
    ...notRenewed(node),
    ...(node.files.has(asksEndpoint) ? [`the kubelet of ${node.name} asks the endpoint yet`] : []),
    ...[...node.drainedServers].map((server) => `HAProxy on ${node.name} sends ${server} nothing`),
  ]);
}

const scenario: Scenario = {
  name: 'a renewal',
  bare: true,
  before: spec,
  after: spec,
  prepare,
  act: async (cluster, run) => renew(cluster, run),
  wrong: wrongWith,
};

test('a renewal, killed after any command, is finished by the next run', async () => {
  const { commands, problems } = await killedEverywhere(scenario);
  expect(problems).toEqual([]);
  expect(commands).toBeGreaterThan(50);
});

describe('a renewal of certificates', () => {
  test('visits one node after the other, the holder last, each without connections until it answers again', async () => {
    const cluster = await ready();
    const [holder] = holders(cluster, '172.16.100.100');
    const since = cluster.log.length;
    const { plan } = await renewed(cluster);
    expect(plan?.visits.at(-1)?.node).toBe(holder);
    const restarts = cluster.log.slice(since).flatMap(({ node, intent }) => {
      if (intent.kind !== 'step') return [];
      const { step } = intent;
      if (step.kind === 'away' && 'server' in step && node === 'cp1') return [`${step.does} ${step.server}`];
      return step.kind === 'renew' && step.does === 'restart' ? [`${step.pod} ${node}`] : [];
    });
    expect(restarts).toEqual(
      (plan?.visits ?? []).flatMap(({ node }) => [
        `take-out ${node}`,
        `etcd ${node}`,
        `kube-apiserver ${node}`,
        `kube-controller-manager ${node}`,
        `kube-scheduler ${node}`,
        `bring-back ${node}`,
      ]),
    );
  });

  test('lets another member lead before the leader is restarted', async () => {
    const cluster = await ready();
    await renewed(cluster);
    const moved = cluster.log.flatMap(({ node, intent }) =>
      intent.kind === 'step' && intent.step.kind === 'away' && intent.step.does === 'move-leader' ? [node] : [],
    );
    expect(moved).toEqual(['cp1']);
  });

  test('leaves alone what is less than a day old, unless that is asked for', async () => {
    const cluster = await ready();
    await renewed(cluster);
    expect((await renewed(cluster)).outcome).toBe('unchanged');
    expect((await renewed(cluster, true)).plan?.visits).toHaveLength(3);
  });

  test('is refused where the key of the CA is elsewhere, before anything is done', async () => {
    const cluster = await ready();
    nodeOf(cluster, 'cp2').files.delete('/etc/kubernetes/pki/ca.key');
    const since = cluster.log.length;
    const { outcome, findings } = await renewed(cluster);
    expect([outcome, findings.map(({ rule, node }) => `${rule} ${node}`)]).toEqual([
      'failed',
      ['certificates-external-ca cp2'],
    ]);
    expect(cluster.log.slice(since).filter(({ intent }) => intent.kind === 'step')).toEqual([]);
  });

  test('restarts no etcd while another member is away', async () => {
    const cluster = await ready();
    const run = simRun(cluster, {
      onChanged: () => {
        const intent = cluster.log.at(-1)?.intent;
        if (intent?.kind === 'step' && intent.step.kind === 'renew' && intent.step.does === 'certificates')
          nodeOf(cluster, 'cp1').files.delete('/etc/kubernetes/manifests/etcd.yaml');
      },
    });
    const outcome = await drive(cluster, run, renew(cluster, run));
    expect(outcome?.outcome).toBe('failed');
    expect(outcome?.findings.map(({ rule }) => rule)).toEqual(['certificates-renew-failed']);
    await pass(cluster, 1000);
    const restarted = cluster.log.filter(
      ({ intent }) => intent.kind === 'step' && intent.step.kind === 'renew' && intent.step.does === 'restart',
    );
    expect(restarted).toEqual([]);
  });
});
