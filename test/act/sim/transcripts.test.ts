import { describe, expect, test } from 'vitest';
import { observeCommand } from '../../../src/observe/once/script.ts';
import { scenarios as migrations } from '../../migrate/scenarios.ts';
import { nodeOf, type SimCluster } from '../../fakes/sim/cluster.ts';
import type { SimFault } from '../../fakes/sim/node.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { changes, membersAndVerbs } from './scenarios.ts';
import { scriptOf, transcriptOf } from './transcript.ts';

/**
 * What each verb plans, tells nodes and finds is kept as text beside the rendered files: a change of it is seen in review.
 * `npx vitest run --project unit test/act -u` rewrites them.
 */
function golden(name: string): string {
  return `../../golden/runs/${name.replaceAll(/[^a-z0-9]+/gi, '-')}`;
}

describe('what is told and done', () => {
  test.each([...changes, ...membersAndVerbs, ...migrations])('by $name', async (scenario) => {
    const run = await transcriptOf(scenario);
    await expect(run.text).toMatchFileSnapshot(`${golden(scenario.name)}.txt`);
    await expect(scriptOf(run)).toMatchFileSnapshot(`${golden(scenario.name)}.sh`);
  });

  test('by every look at a node', async () => {
    for (const [name, options] of [
      ['look', {}],
      ['look-wire-and-kubernetes', { wire: true, kubernetes: true }],
    ] as const)
      await expect(`#!/bin/sh\n${observeCommand(fakeSpec(), options).stdin ?? ''}`).toMatchFileSnapshot(
        `${golden(name)}.sh`,
      );
  });

  const faults: readonly SimFault[] = ['validate', 'full', 'activate', 'gate', 'install', 'keepalived-silent'];
  const hitches: readonly (readonly [string, (cluster: SimCluster) => void])[] = [
    ...faults.map((fault) => [fault, (cluster: SimCluster) => void nodeOf(cluster, 'cp2').faults.add(fault)] as const),
    ['no answer', (cluster) => void (nodeOf(cluster, 'cp2').reachable = false)],
  ];
  const failing = [...changes, ...membersAndVerbs].filter(({ name }) =>
    [
      'first set-up',
      'another port',
      'other virtual router ids',
      'a node less',
      'upgrade',
      'drain',
      'spread',
      'rollback',
      'remove',
    ].includes(name),
  );
  test.each(
    [...failing, ...migrations].flatMap((scenario) => hitches.map(([name, hitch]) => ({ scenario, name, hitch }))),
  )('by $scenario.name where cp2 has: $name', async ({ scenario, name, hitch }) => {
    const { text } = await transcriptOf(scenario, hitch);
    await expect(text).toMatchFileSnapshot(`${golden(`${scenario.name}-${name}`)}.txt`);
  });

  // The others have nothing to take back where a gate fails.
  const takenBack = [...failing, ...migrations].filter(({ name }) =>
    ['first set-up', 'another port', 'a node less', 'upgrade', 'to ours'].includes(name),
  );
  test.each(takenBack)('to take $name back, besides what it does anyway', async (scenario) => {
    const well = await transcriptOf(scenario);
    const run = await transcriptOf(scenario, (cluster) => void nodeOf(cluster, 'cp2').faults.add('gate'));
    await expect(scriptOf(run, well)).toMatchFileSnapshot(`${golden(`${scenario.name}-gate`)}.sh`);
  });

  /** The holder of the first VIP comes last: what the others have done by then is taken back, or is not. */
  const late = failing.filter(({ name }) => ['other virtual router ids', 'another port', 'upgrade'].includes(name));
  const lateHitches = (['gate', 'keepalived-silent'] as const).flatMap((fault) =>
    [...late, ...migrations].map((scenario) => ({ scenario, fault })),
  );
  test.each(lateHitches)('by $scenario.name where the holder has: $fault', async ({ scenario, fault }) => {
    const { text } = await transcriptOf(scenario, (cluster) => void nodeOf(cluster, 'cp1').faults.add(fault));
    await expect(text).toMatchFileSnapshot(`${golden(`${scenario.name}-${fault}-of-the-holder`)}.txt`);
  });

  test('by a change of the virtual router ids where the first node fails, so that none has the new ones', async () => {
    const [scenario] = changes.filter(({ name }) => name === 'other virtual router ids');
    if (!scenario) throw new Error('no such scenario');
    const { text } = await transcriptOf(scenario, (cluster) => void nodeOf(cluster, 'cp3').faults.add('activate'));
    await expect(text).toMatchFileSnapshot(`${golden(`${scenario.name}-activate-on-the-first`)}.txt`);
  });
});
