import { beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from '../../../src/act/outcome.ts';
import { apply } from '../../../src/act/verbs/apply.ts';
import { copyOf, drive, nodeOf, pass, simCluster, simRun, type SimCluster } from '../../fakes/sim/cluster.ts';
import { powerOff } from '../../fakes/sim/node.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { reaching } from './scenarios.ts';
import { leftToDo, locksLeft, optionsOf, settled } from './verbs.ts';

const four = fakeSpec({}, { nodes: 4 });
const three = { ...four, nodes: four.nodes.slice(0, 3) };

let dead: SimCluster;
beforeAll(async () => {
  dead = simCluster(four);
  await settled(dead, four);
  await pass(dead, 5000);
  powerOff(nodeOf(dead, 'cp4'));
  await pass(dead, 5000);
});

/** Applies the file that has not got the dead node any more. */
async function applied(cluster: SimCluster, without: readonly string[]): Promise<Outcome<unknown> | undefined> {
  const run = simRun(cluster);
  return drive(cluster, run, apply(three, { ...optionsOf(cluster, run), ...reaching(cluster, run, three), without }));
}

describe('a node that leaves and does not answer', () => {
  test('stops a rollout before it changes anything: it may run, and would take every VIP', async () => {
    const cluster = copyOf(dead);
    const outcome = await applied(cluster, []);
    expect(outcome?.outcome).toBe('failed');
    expect(outcome?.findings).toContainEqual(
      expect.objectContaining({ rule: 'leaver-unreachable', severity: 'error', node: 'cp4' }),
    );
    expect(cluster.log.filter(({ intent }) => intent.kind === 'step')).toEqual([]);
    expect(locksLeft(cluster)).toEqual([]);
  });

  test.each(['cp4', four.nodes[3]?.address ?? ''])('is left behind where the operator says so, by %s', async (name) => {
    const cluster = copyOf(dead);
    const outcome = await applied(cluster, [name]);
    expect(outcome?.outcome).toBe('applied');
    expect(outcome?.findings.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual(['warning left-behind']);
    expect(await leftToDo(cluster, three)).toEqual([]);
  });
});
