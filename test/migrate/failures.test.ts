import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../src/act/outcome.ts';
import { migrate } from '../../src/migrate/migrate.ts';
import { parseLever } from '../../src/node/lever.ts';
import { yieldFile } from '../../src/node/paths.ts';
import { clusterFor } from '../act/sim/scenarios.ts';
import { leftToDo, locksLeft, optionsOf } from '../act/sim/verbs.ts';
import { drive, holders, nodeOf, pass, simRun, type SimCluster } from '../fakes/sim/cluster.ts';
import { fakeSpec } from '../fakes/spec.ts';
import { scenarios } from './scenarios.ts';

const spec = fakeSpec();
const vips = spec.endpoint.virtualIPs.map(({ address }) => address);

/** Another keepalived and HAProxy serve it, and cp1 has every VIP. */
async function theirs(): Promise<SimCluster> {
  const found = scenarios.find(({ name }) => name === 'to ours');
  if (!found) throw new Error('no such scenario');
  const cluster = await clusterFor(found);
  cluster.trouble.clear();
  return cluster;
}

async function toOurs(cluster: SimCluster): Promise<Outcome<unknown> | undefined> {
  const run = simRun(cluster);
  return drive(cluster, run, migrate(spec, { ...optionsOf(cluster, run), back: false }));
}

/** Lets the HAProxy of cp1 end as soon as our keepalived there may take the VIPs. @param and what else happens then */
function breakTakeOver(cluster: SimCluster, and: () => void = () => undefined): void {
  let isBroken = false;
  cluster.clock.onAdvance(() => {
    if (isBroken || !cluster.log.some(({ node, intent }) => node === 'cp1' && letsAllGo(intent))) return;
    isBroken = true;
    nodeOf(cluster, 'cp1').services.haproxy.active = false;
    and();
  });
}

function letsAllGo(intent: SimCluster['log'][number]['intent']): boolean {
  if (intent.kind !== 'step' || intent.step.kind !== 'migrate') return false;
  return intent.step.acts.every((act) => act.act === 'lever' && act.change.pull === undefined);
}

function told(outcome: Outcome<unknown> | undefined, node: string): readonly string[] {
  return (outcome?.findings ?? []).filter((finding) => finding.node === node).map(({ rule }) => rule);
}

describe('a migration whose last keepalived cannot take the VIPs over', () => {
  test('stands aside again, and starts the previous ones that it had stopped', async () => {
    const cluster = await theirs();
    breakTakeOver(cluster);
    const outcome = await toOurs(cluster);
    expect(outcome?.outcome).toBe('failed');
    expect(told(outcome, 'cp1')).toContain('gate-failed');
    for (const name of ['cp2', 'cp3']) {
      expect(told(outcome, name)).toEqual(['restored']);
      expect(nodeOf(cluster, name).formers.get('keepalived.service')).toMatchObject({ active: true, enabled: true });
    }
    const levers = vips.map((vip) => parseLever(nodeOf(cluster, 'cp1').files.get(yieldFile(vip))?.content ?? ''));
    expect(levers).toEqual(vips.map(() => expect.objectContaining({ by: 'rollout' })));
    nodeOf(cluster, 'cp1').services.haproxy.active = true;
    await pass(cluster, 10_000);
    // Well again, ours takes nothing: the previous one has the VIPs.
    for (const vip of vips) expect(holders(cluster, vip)).toEqual(['cp1']);
    expect([...cluster.trouble.values()].map(({ twoHoldersMs }) => twoHoldersMs)).toEqual(vips.map(() => 0));
    expect(nodeOf(cluster, 'cp1').vips.size).toBe(0);
    expect(locksLeft(cluster)).toEqual([]);
    expect(await toOurs(cluster)).toMatchObject({ outcome: 'applied' });
    expect(await leftToDo(cluster, spec)).toEqual([]);
  });

  test('says where a previous one does not start again, and not that it does', async () => {
    const cluster = await theirs();
    breakTakeOver(cluster, () => void nodeOf(cluster, 'cp3').formers.delete('keepalived.service'));
    const outcome = await toOurs(cluster);
    expect(told(outcome, 'cp2')).toEqual(['restored']);
    expect(told(outcome, 'cp3')).toEqual(['migrate-step-failed']);
  });
});

test('a previous HAProxy whose port cannot be shared makes room before ours starts', async () => {
  const cluster = await theirs();
  for (const { formers } of cluster.nodes) {
    const former = formers.get('haproxy.service');
    if (former) former.sharesPort = false;
  }
  expect(await toOurs(cluster)).toMatchObject({ outcome: 'applied' });
  expect(await leftToDo(cluster, spec)).toEqual([]);
  const left = cluster.nodes.map(({ formers }) => formers.get('haproxy.service'));
  expect(left).toEqual(left.map(() => expect.objectContaining({ active: false, enabled: false })));
});
