import { expect, test } from 'vitest';
import { planMigrationOf } from '../../src/migrate/migrate.ts';
import { settled } from '../act/sim/verbs.ts';
import { drive, simCluster, simRun } from '../fakes/sim/cluster.ts';
import { fakeSpec } from '../fakes/spec.ts';

const spec = fakeSpec();

test.each([
  { back: false, why: 'no node runs a keepalived or HAProxy other than those of k8s-ha' },
  { back: true, why: 'no node remembers a former keepalived that it ran' },
])('a migration (back: $back) of a cluster that never had anything else is refused', async ({ back, why }) => {
  const cluster = simCluster(spec);
  await settled(cluster, spec);
  const run = simRun(cluster);
  const planned = await drive(cluster, run, planMigrationOf(spec, run.hosts, back));
  expect(planned?.plan).toBe(undefined);
  expect(planned?.findings).toMatchObject([{ rule: 'nothing-to-migrate', severity: 'error', message: why }]);
});
