import { describe, expect, test } from 'vitest';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import { etcdFiles } from '../../../src/node/paths.ts';
import { restoreEtcd, type Restored } from '../../../src/upkeep/etcd/restore/restore.ts';
import { takeSnapshot } from '../../../src/upkeep/etcd/snapshot.ts';
import type { Pieces } from '../../../src/upkeep/etcd/transfer.ts';
import { killedEverywhere } from '../../act/sim/killed.ts';
import type { Scenario } from '../../act/sim/scenarios.ts';
import { errorsOf, optionsOf } from '../../act/sim/verbs.ts';
import {
  copyOf,
  drive,
  nodeOf,
  pass,
  simCluster,
  simRun,
  type SimCluster,
  type SimRun,
} from '../../fakes/sim/cluster.ts';
import { dataOf, putKey, restoreLeft } from '../../fakes/sim/etcd.ts';
import { contentOf, sha256 } from '../../fakes/sim/node.ts';
import { clusterOfKubeadm, spec } from '../scenarios.ts';

/** A snapshot with two keys, which stays the same in every copy of the cluster. */
const taken: { content: string } = { content: '' };

function piecesOf(content: string): Pieces {
  const bytes = Buffer.from(content);
  return { bytes: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) };
}

/** A cluster with a snapshot, and a write that came after it. */
async function prepare(cluster: SimCluster): Promise<void> {
  await clusterOfKubeadm(cluster);
  putKey(cluster.nodes, 'a');
  putKey(cluster.nodes, 'b');
  const run = simRun(cluster);
  const snapshot = await drive(cluster, run, takeSnapshot(spec, { hosts: run.hosts }));
  if (!snapshot?.ok) throw new Error(JSON.stringify(snapshot));
  taken.content = contentOf(nodeOf(cluster, snapshot.value.node), snapshot.value.path);
  putKey(cluster.nodes, 'later');
}

function restore(
  cluster: SimCluster,
  run: SimRun,
  {
    content = taken.content,
    wanted = spec,
    again = false,
  }: { content?: string; wanted?: ClusterSpec; again?: boolean } = {},
): Promise<Restored> {
  return restoreEtcd(wanted, {
    ...optionsOf(cluster, run),
    snapshot: piecesOf(content),
    sha256: sha256(content),
    takenMs: 0,
    again,
  });
}

function wrongWith({ nodes }: SimCluster): readonly string[] {
  return nodes.flatMap((node) => {
    const data = dataOf(node);
    return [
      ...(data?.keys.join() === 'a,b' ? [] : [`${node.name} has ${data?.keys.join()}`]),
      ...(new Set(nodes.map((each) => dataOf(each)?.cluster)).size === 1
        ? []
        : ['the members are of several clusters']),
      ...(node.apiReady ? [] : [`the API server of ${node.name} is not ready`]),
      ...([...node.files.keys()].some((path) => path.includes('member.before-')) ? [] : [`${node.name} kept nothing`]),
      ...restoreLeft(node),
    ];
  });
}

async function ready(): Promise<SimCluster> {
  const cluster = simCluster(spec);
  await prepare(cluster);
  return cluster;
}

async function restored(cluster: SimCluster, options: Parameters<typeof restore>[2] = {}): Promise<Restored> {
  const run = simRun(cluster);
  const outcome = await drive(cluster, run, restore(cluster, run, options));
  if (!outcome) throw new Error('it was killed');
  return outcome;
}

const scenario: Scenario = {
  name: 'a restore',
  bare: true,
  before: spec,
  after: spec,
  prepare,
  act: async (cluster, run) => restore(cluster, run),
  wrong: wrongWith,
};

test('a restore, killed after any command, is finished by the next run', async () => {
  const { commands, problems } = await killedEverywhere(scenario);
  expect(problems).toEqual([]);
  expect(commands).toBeGreaterThan(25);
});

describe('a restore of etcd', () => {
  test('brings back what the snapshot has, and says what was lost', async () => {
    const cluster = await ready();
    const { outcome, measured } = await restored(cluster);
    expect(outcome).toBe('applied');
    await pass(cluster, 2000);
    expect(wrongWith(cluster)).toEqual([]);
    expect(measured).toMatchObject({ lostRevisions: 1, status: { keys: 2 } });
    expect(measured.outageMs).toBeGreaterThan(0);
    expect(measured.lostMs).toBeGreaterThan(0);
  });

  test('never lets two members of different data run at once, nor an API server before etcd has the data', async () => {
    const cluster = await ready();
    await restored(cluster);
    const steps = cluster.log.flatMap(({ intent }) =>
      intent.kind === 'step' && intent.step.kind === 'restore-etcd' ? [intent.step.does] : [],
    );
    const order = ['begin', 'prepare', 'stop-api', 'stop-etcd', 'swap', 'start-etcd', 'start-api', 'finish'];
    expect(steps).toEqual(order.flatMap((step) => [step, step, step]));
  });

  test('is done once: the same snapshot again changes nothing, unless that is asked for', async () => {
    const cluster = await ready();
    await restored(cluster);
    putKey(cluster.nodes, 'after');
    expect((await restored(cluster)).outcome).toBe('unchanged');
    expect(dataOf(nodeOf(cluster, 'cp1'))?.keys).toEqual(['a', 'b', 'after']);
    expect((await restored(cluster, { again: true })).outcome).toBe('applied');
    expect(dataOf(nodeOf(cluster, 'cp1'))?.keys).toEqual(['a', 'b']);
  });

  test('refuses another snapshot while one is half restored, and changes nothing then', async () => {
    const cluster = await ready();
    const run = simRun(cluster, { onChanged: () => void (run.run.dead = run.run.changes > 14) });
    await drive(cluster, run, restore(cluster, run));
    await pass(cluster, 1000);
    const other = JSON.stringify({ cluster: 'other', revision: 3, keys: ['x'] });
    const files = copyOf(cluster).nodes.map((node) => [...node.files.keys()].filter((path) => !path.includes('lock')));
    const refused = await restored(cluster, { content: other });
    expect(errorsOf(refused).join()).toContain('etcd-restore-unfinished');
    expect(cluster.nodes.map((node) => [...node.files.keys()].filter((path) => !path.includes('lock')))).toEqual(files);
    expect((await restored(cluster)).outcome).toBe('applied');
  });

  test('takes another snapshot instead while nothing was stopped', async () => {
    const cluster = await ready();
    const run = simRun(cluster, { onChanged: () => void (run.run.dead = run.run.changes > 7) });
    await drive(cluster, run, restore(cluster, run));
    await pass(cluster, 1000);
    const other = JSON.stringify({ cluster: 'other', revision: 3, keys: ['x'] });
    expect((await restored(cluster, { content: other })).outcome).toBe('applied');
    expect(dataOf(nodeOf(cluster, 'cp3'))?.keys).toEqual(['x']);
  });

  test.each([
    ['a node that does not answer', (cluster: SimCluster) => void (nodeOf(cluster, 'cp2').up = false), 'lock-failed'],
    [
      'a node without a manifest of etcd',
      (cluster: SimCluster) => void nodeOf(cluster, 'cp2').files.delete('/etc/kubernetes/manifests/etcd.yaml'),
      'etcd-restore-impossible',
    ],
  ])('is refused with %s before anything is done', async (_, breaks, rule) => {
    const cluster = await ready();
    breaks(cluster);
    const refused = await restored(cluster, {});
    expect(refused.outcome).toBe('failed');
    expect(refused.findings.map((finding) => finding.rule)).toEqual([rule]);
    expect([...nodeOf(cluster, 'cp1').files.keys()].some((path) => path.startsWith(etcdFiles.restore))).toBe(false);
  });

  test('is refused where etcd runs elsewhere', async () => {
    const cluster = await ready();
    const refused = await restored(cluster, { wanted: { ...spec, etcd: { ...spec.etcd, mode: 'external' } } });
    expect(errorsOf(refused).join()).toContain('etcd-external');
  });
});

describe('a snapshot', () => {
  test('is taken of a member that does not lead', async () => {
    const cluster = await ready();
    const run = simRun(cluster);
    const snapshot = await drive(cluster, run, takeSnapshot(spec, { hosts: run.hosts }));
    expect(snapshot).toMatchObject({ ok: true, value: { node: 'cp2', status: { keys: 3 } } });
  });

  test('is not taken without a majority', async () => {
    const cluster = await ready();
    for (const name of ['cp2', 'cp3']) nodeOf(cluster, name).up = false;
    const run = simRun(cluster);
    const snapshot = await drive(cluster, run, takeSnapshot(spec, { hosts: run.hosts }));
    expect(snapshot).toMatchObject({ ok: false, error: [{ rule: 'etcd-no-member' }] });
    const named = simRun(cluster);
    const refused = await drive(cluster, named, takeSnapshot(spec, { hosts: named.hosts, node: 'cp1' }));
    expect(refused).toMatchObject({ ok: false, error: [{ rule: 'etcd-snapshot-failed', node: 'cp1' }] });
  });
});
