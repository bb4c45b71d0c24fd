import { describe, expect, test } from 'vitest';
import type { Ended } from '../../../src/act/outcome.ts';
import { apply } from '../../../src/act/verbs/apply.ts';
import { rollback } from '../../../src/act/verbs/rollback.ts';
import { spread } from '../../../src/act/verbs/spread.ts';
import { upgrade } from '../../../src/act/verbs/upgrade.ts';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import { migrate } from '../../../src/migrate/migrate.ts';
import { paths } from '../../../src/node/paths.ts';
import { drive, nodeOf, simCluster, simRun, type SimCluster, type SimRun } from '../../fakes/sim/cluster.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { scenarios as migrations } from '../../migrate/scenarios.ts';
import { clusterFor, membersAndVerbs } from './scenarios.ts';
import { locksLeft, optionsOf, settled } from './verbs.ts';

const spec = fakeSpec();
const slower: ClusterSpec = { ...spec, failover: { ...spec.failover, targetMs: 900 } };

type Options = ReturnType<typeof optionsOf>;
type Verb = (options: Options, cluster: SimCluster) => Promise<Ended<unknown>>;

/** What came of a verb, how often it asked, and what it did to nodes but for locks and questions. */
async function asking(cluster: SimCluster, verb: Verb, answer: boolean) {
  const run: SimRun = simRun(cluster);
  const since = cluster.log.length;
  let asked = 0;
  const confirm = async (): Promise<boolean> => {
    asked += 1;
    return answer;
  };
  const ended = await drive(cluster, run, verb({ ...optionsOf(cluster, run), confirm }, cluster));
  const done = cluster.log
    .slice(since)
    .flatMap(({ node, intent }) => (intent.kind === 'step' ? [`${node}: ${intent.step.kind}`] : []));
  return { outcome: ended?.outcome, asked, done, locks: locksLeft(cluster) };
}

async function scenario(name: string): Promise<SimCluster> {
  const found = [...membersAndVerbs, ...migrations].find((one) => one.name === name);
  if (!found) throw new Error(`no scenario ${name}`);
  return clusterFor(found);
}

async function after(...specs: readonly ClusterSpec[]): Promise<SimCluster> {
  const cluster = simCluster(spec);
  for (const one of specs) await settled(cluster, one);
  return cluster;
}

/** When each change was made, the first one first. */
function stampsOf(cluster: SimCluster): readonly string[] {
  const files = [...nodeOf(cluster, 'cp1').files.keys()];
  const stamp = new RegExp(`^${paths.history}/([^/]+)/about$`);
  return files.flatMap((path) => stamp.exec(path)?.[1] ?? []).toSorted();
}

const toSlower: Verb = async (options) => apply(slower, options);
const toOurs: Verb = async (options) => migrate(spec, { ...options, back: false });
const backToTheirs: Verb = async (options) => migrate(spec, { ...options, back: true });

describe('a verb that the operator declines changes nothing', () => {
  test.each<readonly [string, () => Promise<SimCluster>, Verb]>([
    ['apply', async () => after(spec), toSlower],
    ['rollback', async () => after(spec, slower), async (options) => rollback(slower, options)],
    ['spread', async () => scenario('spread'), async (options) => spread(spec, options)],
    ['upgrade', async () => after(spec), async (options) => upgrade(spec, options)],
    ['migrate', async () => scenario('to ours'), toOurs],
    ['migrate --back', async () => scenario('back to theirs'), backToTheirs],
  ])('%s', async (_, prepared, verb) => {
    const cluster = await prepared();
    expect(await asking(cluster, verb, false)).toEqual({ outcome: 'declined', asked: 1, done: [], locks: [] });
  });
});

describe('a verb that has nothing to do asks nobody and changes nothing', () => {
  test.each<readonly [string, () => Promise<SimCluster>, Verb]>([
    ['apply', async () => after(spec), async (options) => apply(spec, options)],
    [
      'rollback to files that are in place again',
      async () => after(spec, slower, spec),
      async (options, cluster) => rollback(spec, { ...options, to: stampsOf(cluster)[1] ?? '' }),
    ],
    ['spread', async () => after(spec), async (options) => spread(spec, options)],
    ['migrate', async () => migrated(), toOurs],
  ])('%s', async (_, prepared, verb) => {
    const cluster = await prepared();
    expect(await asking(cluster, verb, true)).toEqual({ outcome: 'unchanged', asked: 0, done: [], locks: [] });
  });
});

async function migrated(): Promise<SimCluster> {
  const cluster = await scenario('to ours');
  await asking(cluster, toOurs, true);
  return cluster;
}
