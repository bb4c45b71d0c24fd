import { migrate } from '../../src/migrate/migrate.ts';
import type { Scenario } from '../act/sim/scenarios.ts';
import { optionsOf } from '../act/sim/verbs.ts';
import { drive, simRun, type SimCluster, type SimRun } from '../fakes/sim/cluster.ts';
import { simFormers } from '../fakes/sim/former.ts';
import { fakeSpec } from '../fakes/spec.ts';

const spec = fakeSpec();

/** Another keepalived and HAProxy serve the cluster on every node. */
async function theirs(cluster: SimCluster): Promise<void> {
  const vips = spec.endpoint.virtualIPs.map(({ address }) => address);
  for (const [place, node] of cluster.nodes.entries()) simFormers(node, place, vips);
}

async function to(cluster: SimCluster, run: SimRun, back: boolean) {
  return migrate(spec, { ...optionsOf(cluster, run), back });
}

/** Former programs that do not all run and come back with a boot, or that do not all rest. */
function formersAre(run: boolean) {
  return ({ nodes }: SimCluster): readonly string[] =>
    nodes.flatMap(({ name, formers }) =>
      [...formers.values()]
        .filter(({ active, enabled }) => active !== run || enabled !== run)
        .map(({ id, active, enabled }) => `${name}: ${id} runs: ${active}, is enabled: ${enabled}`),
    );
}

/** A migration there and back. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'to ours',
    bare: true,
    before: spec,
    after: spec,
    // What the former keepalived takes to elect is not ours to bound.
    noHolderMs: 4000,
    prepare: theirs,
    act: async (cluster, run) => to(cluster, run, false),
    wrong: formersAre(false),
  },
  {
    name: 'back to theirs',
    bare: true,
    once: true,
    before: spec,
    after: undefined,
    noHolderMs: 4000,
    prepare: async (cluster) => {
      await theirs(cluster);
      const run = simRun(cluster);
      await drive(cluster, run, to(cluster, run, false));
    },
    act: async (cluster, run) => to(cluster, run, true),
    wrong: formersAre(true),
  },
];
