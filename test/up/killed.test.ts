import { describe, expect, test } from 'vitest';
import type { NodeIntent } from '../../src/node/intent.ts';
import { killedEverywhere } from '../act/sim/killed.ts';
import { unbalance } from '../../src/up/unbalance.ts';
import { errorsOf, optionsOf } from '../act/sim/verbs.ts';
import { copyOf, drive, nodeOf, pass, simCluster, simRun, type SimCluster } from '../fakes/sim/cluster.ts';
import { powerOff, powerOn } from '../fakes/sim/node.ts';
import {
  bareMachines,
  bringUp,
  localWorkers,
  madeCluster,
  membersOf,
  replaced,
  scenarios,
  spec,
  whole,
  wrongWith,
} from './scenarios.ts';

test.each(scenarios)('$name: killed after any command, it is finished by the next run', async (scenario) => {
  const { commands, problems } = await killedEverywhere(scenario);
  expect(problems).toEqual([]);
  expect(commands).toBeGreaterThan(5);
});

async function machines(): Promise<SimCluster> {
  const cluster = simCluster(spec);
  await bareMachines(cluster);
  return cluster;
}

/** What `up` makes of these machines; made once, each test gets a copy. */
async function made(): Promise<SimCluster> {
  first ??= machines().then(async (cluster) => whole(cluster).then(() => cluster));
  return copyOf(await first);
}

let first: Promise<SimCluster> | undefined;

/** Runs it, and does something at a moment. */
async function upWhile(cluster: SimCluster, atMs: number, happens: () => void) {
  const run = simRun(cluster);
  const work = bringUp(cluster, run);
  void cluster.clock.sleep(atMs).then(happens);
  return drive(cluster, run, work);
}

/** Half a node is taken away. */
function isReset(intent: NodeIntent): boolean {
  return intent.kind === 'step' && intent.step.kind === 'kubeadm' && intent.step.does === 'reset';
}

/** Changes that runs of `up` made on nodes, but for locks. */
function changesOf(cluster: SimCluster, since: number): readonly string[] {
  return cluster.log
    .slice(since)
    .flatMap(({ node, intent }) => (intent.kind === 'step' ? [`${intent.step.kind} ${node}`] : []));
}

describe('up', () => {
  test('makes every machine a node, in the order of the file', async () => {
    const cluster = await machines();
    await whole(cluster);
    expect(await membersOf(cluster)).toEqual(['cp1', 'cp2', 'cp3', 'w1']);
    const began = cluster.log.flatMap(({ node, intent }) =>
      intent.kind === 'step' && intent.step.kind === 'kubeadm' ? [`${intent.step.does} ${node}`] : [],
    );
    expect(began).toEqual(['init cp1', 'join cp2', 'join cp3', 'join w1']);
  });

  test('changes nothing on a cluster that runs', async () => {
    const cluster = await made();
    const since = cluster.log.length;
    const run = simRun(cluster);
    const again = await drive(cluster, run, bringUp(cluster, run));
    expect(again).toMatchObject({ outcome: 'unchanged', findings: [] });
    expect(changesOf(cluster, since)).toEqual([]);
  });

  test('puts no secret into an argument, and none into what a node is asked', async () => {
    const cluster = await machines();
    await whole(cluster);
    const secret = /\b[a-z0-9]{6}\.[a-z0-9]{16}\b|certificateKey/;
    for (const { command } of cluster.log) expect(command.argv.join(' ')).not.toMatch(secret);
  });

  // From before kubeadm has passed its preflight to after its end, on the first node and on one that joins.
  test.each([
    ['cp1', 3000, false],
    ['cp1', 4500, false],
    ['cp1', 6000, false],
    ['cp1', 8000, true],
    ['cp1', 14_000, false],
    ['cp2', 11_000, false],
    ['cp2', 12_500, false],
    ['cp2', 14_000, true],
    ['cp2', 16_000, true],
    ['w1', 29_000, true],
  ])('finishes a cluster whose %s lost its power after %d ms, half a node by then: %s', async (name, atMs, half) => {
    const cluster = await machines();
    const node = nodeOf(cluster, name);
    await upWhile(cluster, atMs, () => powerOff(node));
    powerOn(node, cluster.clock.monotonicMs());
    await pass(cluster, 5000);
    const run = simRun(cluster);
    const again = await drive(cluster, run, bringUp(cluster, run));
    expect(again && errorsOf(again)).toEqual([]);
    await pass(cluster, 2000);
    expect(wrongWith(cluster)).toEqual([]);
    const resets = cluster.log.filter(({ intent }) => isReset(intent)).length;
    expect(resets).toBe(half ? 1 : 0);
  });

  test('says what kubeadm refused, has changed nothing there, and goes on when that is fixed', async () => {
    const cluster = await machines();
    const { files, machine } = nodeOf(cluster, 'cp2');
    const { kubeadm } = machine;
    if (!kubeadm) throw new Error('it has no kubeadm');
    kubeadm.refuses = '[ERROR Swap]: running with swap on is not supported';
    const run = simRun(cluster);
    const refused = await drive(cluster, run, bringUp(cluster, run));
    expect(refused).toMatchObject({ outcome: 'failed' });
    expect(refused && errorsOf(refused).join()).toContain('running with swap on');
    expect(files.has('/var/lib/k8s-ha/kubeadm-begun')).toBe(false);
    kubeadm.refuses = undefined;
    await whole(cluster);
    expect(wrongWith(cluster)).toEqual([]);
  });

  test('takes nothing away that it did not begin', async () => {
    const cluster = await machines();
    const cp1 = nodeOf(cluster, 'cp1');
    cp1.files.set('/etc/kubernetes/manifests/kube-apiserver.yaml', {
      mode: 0o600,
      owner: 'root:root',
      content: 'theirs',
    });
    const run = simRun(cluster);
    expect(await drive(cluster, run, bringUp(cluster, run))).toMatchObject({ outcome: 'failed' });
    expect(cp1.files.get('/etc/kubernetes/manifests/kube-apiserver.yaml')?.content).toBe('theirs');
  });

  test('drains a node before anything of it goes, and lets a new one join before', async () => {
    const cluster = await machines();
    await madeCluster(cluster, replaced);
    const since = cluster.log.length;
    await whole(cluster, replaced);
    expect(wrongWith(cluster, replaced)).toEqual([]);
    const mine = new Set(['kubeadm', 'drain-node', 'end-api-server', 'remove-etcd-member', 'forget-node', 'remove']);
    const done = cluster.log
      .slice(since)
      .flatMap(({ node, intent }) =>
        intent.kind === 'step' && mine.has(intent.step.kind)
          ? [`${intent.step.kind === 'kubeadm' ? intent.step.does : intent.step.kind} ${node}`]
          : [],
      );
    expect(done).toEqual([
      'remove cp3',
      'join cp9',
      'drain-node cp1',
      'end-api-server cp3',
      'remove-etcd-member cp1',
      'remove cp3',
      'take-down cp3',
      'forget-node cp1',
    ]);
  });

  test('refuses what would leave etcd without its majority, and changes nothing', async () => {
    const cluster = await made();
    const { files } = nodeOf(cluster, 'cp2');
    for (const name of ['etcd', 'kube-apiserver']) files.delete(`/etc/kubernetes/manifests/${name}.yaml`);
    await pass(cluster, 1000);
    const since = cluster.log.length;
    const less = { ...spec, nodes: spec.nodes.slice(0, 2) };
    const run = simRun(cluster);
    const ran = await drive(cluster, run, bringUp(cluster, run, less));
    expect(ran?.outcome).toBe('failed');
    expect(ran?.findings).toContainEqual(expect.objectContaining({ rule: 'etcd-below-quorum', node: 'cp3' }));
    expect(changesOf(cluster, since)).toEqual([]);
  });

  test('takes out no node that it did not make, unless it is told to', async () => {
    const cluster = await made();
    const { kubeadm } = nodeOf(cluster, 'w1').machine;
    if (kubeadm) kubeadm.ours = false;
    const without = { ...spec, workers: [] };
    const run = simRun(cluster);
    const ran = await drive(cluster, run, bringUp(cluster, run, without));
    expect(ran?.outcome).toBe('unchanged');
    expect(ran?.findings).toContainEqual(expect.objectContaining({ rule: 'node-not-in-file', node: 'w1' }));
    const told = simRun(cluster);
    const left = await drive(cluster, told, bringUp(cluster, told, without, { leave: ['w1'] }));
    expect(left?.outcome).toBe('applied');
    expect(wrongWith(cluster, without)).toEqual([]);
  });

  test('takes nobody for dead that only does not answer', async () => {
    const cluster = await made();
    nodeOf(cluster, 'w1').reachable = false;
    const since = cluster.log.length;
    const run = simRun(cluster);
    const ran = await drive(cluster, run, bringUp(cluster, run, { ...spec, workers: [] }));
    expect(ran?.outcome).toBe('failed');
    expect(ran?.findings).toContainEqual(expect.objectContaining({ rule: 'leaving-unseen', node: 'w1' }));
    expect(changesOf(cluster, since)).toEqual([]);
  });

  test('gives a kubelet back what it had where it does not tell the cluster that it lives', async () => {
    const cluster = await made();
    const w1 = nodeOf(cluster, 'w1');
    const run = simRun(cluster);
    const work = bringUp(cluster, run, localWorkers);
    // Its HAProxy dies for good as soon as the kubelet was pointed at it.
    cluster.clock.onAdvance(() => {
      if (w1.files.get('/etc/kubernetes/kubelet.conf')?.content.includes('127.0.0.1') === true)
        w1.services.haproxy.active = false;
    });
    const ran = await drive(cluster, run, work);
    expect(ran?.findings).toContainEqual(expect.objectContaining({ rule: 'kubelet-silent', node: 'w1' }));
    expect(w1.files.get('/etc/kubernetes/kubelet.conf')?.content).toBe('server: https://172.16.100.100:7443');
  });

  test('points a kubelet back that somebody pointed elsewhere', async () => {
    const cluster = await machines();
    await whole(cluster, localWorkers);
    const { files } = nodeOf(cluster, 'w1');
    files.set('/etc/kubernetes/kubelet.conf', {
      mode: 0o600,
      owner: 'root:root',
      content: 'server: https://10.0.0.1:6443',
    });
    await whole(cluster, localWorkers);
    expect(files.get('/etc/kubernetes/kubelet.conf')?.content).toBe('server: https://127.0.0.1:7443');
  });

  test('leaves nothing on the workers before the endpoint is removed', async () => {
    const cluster = await machines();
    await whole(cluster, localWorkers);
    const run = simRun(cluster);
    const hosts = run.hosts.filter(({ name }) => name !== 'w1');
    const workers = run.hosts.filter(({ name }) => name === 'w1');
    const left = await drive(cluster, run, unbalance(localWorkers, { ...optionsOf(cluster, run), hosts, workers }));
    expect(left).toMatchObject({ outcome: 'applied', findings: [] });
    const { files, services } = nodeOf(cluster, 'w1');
    expect(files.get('/etc/kubernetes/kubelet.conf')?.content).toBe('server: https://172.16.100.100:7443');
    expect(services.haproxy.active).toBe(false);
    expect([...files.keys()].filter((path) => path.includes('k8s-ha'))).toEqual([]);
  });

  test('adds a machine that is new in the file', async () => {
    const cluster = await machines();
    const without = { ...spec, workers: [] };
    const run = simRun(cluster);
    expect(await drive(cluster, run, bringUp(cluster, run, without))).toMatchObject({ outcome: 'applied' });
    expect(await membersOf(cluster)).toEqual(['cp1', 'cp2', 'cp3']);
    await whole(cluster);
    expect(await membersOf(cluster)).toEqual(['cp1', 'cp2', 'cp3', 'w1']);
  });
});
