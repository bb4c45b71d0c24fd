import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/act/outcome.ts';
import { rollback } from '../../../src/act/verbs/rollback.ts';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import { paths } from '../../../src/node/paths.ts';
import { drive, holders, nodeOf, simCluster, simRun, type SimCluster } from '../../fakes/sim/cluster.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { leftToDo, locksLeft, optionsOf, settled } from './verbs.ts';

const two = fakeSpec();
const one = fakeSpec({}, { vips: 1 });

async function rolledBack(cluster: SimCluster, spec: ClusterSpec): Promise<Outcome<unknown> | undefined> {
  const run = simRun(cluster);
  return drive(cluster, run, rollback(spec, optionsOf(cluster, run)));
}

async function after(...specs: readonly ClusterSpec[]): Promise<SimCluster> {
  const cluster = simCluster(two);
  for (const spec of specs) await settled(cluster, spec);
  return cluster;
}

describe('a rollback', () => {
  test('to before a VIP was added waits for no holder of it, and gives it up', async () => {
    const cluster = await after(one, two);
    expect(holders(cluster, '172.16.100.101')).toHaveLength(1);
    expect(await rolledBack(cluster, two)).toMatchObject({ outcome: 'applied', findings: [] });
    expect(holders(cluster, '172.16.100.100')).toHaveLength(1);
    expect(holders(cluster, '172.16.100.101')).toEqual([]);
    expect(await leftToDo(cluster, one)).toEqual([]);
  });

  test('of the first set-up is refused: nothing was there before', async () => {
    const cluster = await after(one);
    const since = cluster.log.length;
    const outcome = await rolledBack(cluster, one);
    expect(outcome?.outcome).toBe('failed');
    expect(outcome?.findings).toHaveLength(3);
    for (const finding of outcome?.findings ?? []) expect(finding).toMatchObject({ rule: 'rollback-impossible' });
    expect(cluster.log.slice(since).filter(({ intent }) => intent.kind === 'step')).toEqual([]);
    expect(locksLeft(cluster)).toEqual([]);
  });

  test('that one node has no files for is refused as a whole, and names that node', async () => {
    const cluster = await after(one, two);
    const { files } = nodeOf(cluster, 'cp2');
    for (const path of files.keys()) if (path.startsWith(`${paths.history}/`)) files.delete(path);
    // What it has now is what it had before: nothing tells that it was changed.
    files.delete(paths.haproxyConfig);
    const outcome = await rolledBack(cluster, two);
    expect(outcome?.outcome).toBe('failed');
    expect(outcome?.findings.map(({ rule, node }) => `${rule} ${node}`)).toEqual(['rollback-impossible cp2']);
  });

  test('that no node has files for names no node', async () => {
    const cluster = simCluster(one);
    const outcome = await rolledBack(cluster, one);
    expect(outcome?.findings).toMatchObject([{ rule: 'rollback-impossible', severity: 'error' }]);
    expect(outcome?.findings.map((finding) => Object.hasOwn(finding, 'node'))).toEqual([false]);
  });
});
