import { beforeAll, describe, expect, test } from 'vitest';
import { faults } from '../../../src/drill/faults/index.ts';
import { runRandom, smallest, type RandomOutcome, type Violation } from '../../../src/drill/random/run.ts';
import { locksLeft, text } from '../../act/sim/verbs.ts';
import { copyOf, drive, simRun, type SimCluster } from '../../fakes/sim/cluster.ts';
import { given, remains, running, spec } from '../sim/world.ts';

let healthy: SimCluster;
beforeAll(async () => {
  healthy = await running();
});

async function random(cluster: SimCluster, forMs: number, seed: number): Promise<RandomOutcome> {
  const run = simRun(cluster);
  const told: Violation[] = [];
  const outcome = await drive(
    cluster,
    run,
    runRandom(spec, {
      ...given(cluster, run),
      seed,
      forMs,
      onViolation: (violation) => void told.push(violation),
    }),
  );
  if (!outcome) throw new Error('it did not end');
  expect(told.map(({ drill }) => drill)).toEqual(outcome.violations.map(({ drill }) => drill));
  return outcome;
}

describe('random rounds in the simulated cluster', () => {
  test.each([1, 2])('seed %i: nothing happens that must not, and nothing is left', async (seed) => {
    const cluster = copyOf(healthy);
    const { rounds, violations, findings, skipped } = await random(cluster, 60_000, seed);
    expect(findings.map(text)).toEqual([]);
    // How long clients lose service is for the lab: the simulation's programs start in round numbers.
    const what = violations.flatMap((violation) => violation.what);
    expect(what.filter((sentence) => !/^(clients lost|connections were lost)/.test(sentence))).toEqual([]);
    expect(skipped).toEqual([]);
    expect(rounds).toBeGreaterThan(3);
    expect(remains(cluster)).toEqual([]);
    expect(locksLeft(cluster)).toEqual([]);
  });
});

describe('a round that showed a violation', () => {
  const [a, b, c] = faults;
  if (!a || !b || !c) throw new Error('there are no faults');
  const round = { faults: [a, b, c], victim: 'cp2' };

  test('is tried with fewer faults first, and told with the fewest that show it', async () => {
    const tried: string[] = [];
    const found = await smallest(round, async ({ faults: some, victim }) => {
      tried.push(some.map(({ name }) => name).join('+'));
      return victim === 'cp2' && some.includes(a) && some.includes(c);
    });
    expect(found?.faults).toEqual([a, c]);
    expect(tried.slice(0, 3)).toEqual([a, b, c].map(({ name }) => name));
  });

  test('is told without them where it is not seen again', async () => {
    expect(await smallest(round, async () => false)).toBeUndefined();
  });
});
