import { describe, expect, test } from 'vitest';
import { apply } from '../../../src/act/verbs/apply.ts';
import { remove } from '../../../src/act/verbs/remove.ts';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import { etcdFiles, snapshotFiles } from '../../../src/node/paths.ts';
import { killedEverywhere } from '../../act/sim/killed.ts';
import type { Scenario } from '../../act/sim/scenarios.ts';
import { errorsOf, leftToDo, optionsOf, ourFiles, settled } from '../../act/sim/verbs.ts';
import { drive, nodeOf, simCluster, simRun, type SimCluster } from '../../fakes/sim/cluster.ts';
import { write } from '../../fakes/sim/node.ts';
import { fakeSpec } from '../../fakes/spec.ts';

const without = fakeSpec();
const scheduled = withSnapshots(21_600_000);

function withSnapshots(everyMs: number): ClusterSpec {
  return { ...without, etcd: { ...without.etcd, snapshots: { everyMs, keep: 8 } } };
}

function timers({ nodes }: SimCluster): readonly boolean[] {
  return nodes.map(({ services: { snapshots } }) => snapshots.active && snapshots.enabled);
}

function scenario(name: string, before: ClusterSpec, after: ClusterSpec): Scenario {
  return {
    name,
    before,
    after,
    act: async (cluster, run) => apply(after, optionsOf(cluster, run)),
    wrong: (cluster) =>
      timers(cluster).every((on) => on === (after.etcd.snapshots !== undefined))
        ? []
        : ['timers are not as they should be'],
  };
}

test.each([
  scenario('scheduling snapshots', without, scheduled),
  scenario('scheduling them more often', scheduled, withSnapshots(3_600_000)),
  scenario('scheduling none any more', scheduled, without),
])('$name: killed after any command, it is finished by the next run', async (one) => {
  const { problems } = await killedEverywhere(one);
  expect(problems).toEqual([]);
});

describe('scheduled snapshots', () => {
  test('are started again where somebody stopped their timer or changed their program', async () => {
    const cluster = simCluster(scheduled);
    await settled(cluster, scheduled);
    expect(await leftToDo(cluster, scheduled)).toEqual([]);
    nodeOf(cluster, 'cp1').services.snapshots.active = false;
    write(nodeOf(cluster, 'cp2'), snapshotFiles.script, 'theirs', 0o755);
    const left = await leftToDo(cluster, scheduled);
    expect(left.map((line) => line.split(':')[0])).toEqual(expect.arrayContaining(['change cp1', 'change cp2']));
    await settled(cluster, scheduled);
    expect(timers(cluster)).toEqual([true, true, true]);
  });

  test('restart neither HAProxy nor keepalived', async () => {
    const cluster = simCluster(without);
    await settled(cluster, without);
    const before = cluster.nodes.map(({ services }) => [services.haproxy.startedMs, services.keepalived.startedMs]);
    await settled(cluster, scheduled);
    expect(cluster.nodes.map(({ services }) => [services.haproxy.startedMs, services.keepalived.startedMs])).toEqual(
      before,
    );
  });

  test('leave nothing after remove but the snapshots themselves', async () => {
    const cluster = simCluster(scheduled);
    await settled(cluster, scheduled);
    const snapshot = `${etcdFiles.snapshots}/etcd-20261129T031500Z.db`;
    write(nodeOf(cluster, 'cp1'), snapshot, 'data');
    const run = simRun(cluster);
    const removed = await drive(cluster, run, remove(scheduled, { ...optionsOf(cluster, run), packages: false }));
    expect(removed && errorsOf(removed)).toEqual([]);
    expect(ourFiles(cluster)).toEqual([`cp1: ${snapshot}`]);
    expect(timers(cluster)).toEqual([false, false, false]);
  });
});
