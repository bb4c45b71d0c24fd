import { expect, test } from 'vitest';
import { clusterStatus } from '../../src/act/verbs/status.ts';
import { paths } from '../../src/node/paths.ts';
import { drive, nodeOf, simCluster, simRun, type SimCluster } from '../fakes/sim/cluster.ts';
import { fakeSpec } from '../fakes/spec.ts';
import { settled } from './sim/verbs.ts';

const spec = fakeSpec();

async function filesOf(cluster: SimCluster): Promise<Readonly<Record<string, string>> | undefined> {
  const run = simRun(cluster);
  return (await drive(cluster, run, clusterStatus(spec, run.hosts)))?.files;
}

test('the status says of each node whether its files are as wanted, differ, are none, or are unknown', async () => {
  const cluster = simCluster(spec);
  expect(await filesOf(cluster)).toEqual({ cp1: 'none', cp2: 'none', cp3: 'none' });
  await settled(cluster, spec);
  expect(await filesOf(cluster)).toEqual({ cp1: 'as wanted', cp2: 'as wanted', cp3: 'as wanted' });
  const { files } = nodeOf(cluster, 'cp2');
  const config = files.get(paths.haproxyConfig);
  if (!config) throw new Error('cp2 has no haproxy.cfg');
  files.set(paths.haproxyConfig, { ...config, content: `${config.content}# by hand\n` });
  nodeOf(cluster, 'cp3').reachable = false;
  expect(await filesOf(cluster)).toEqual({ cp1: 'as wanted', cp2: '1 differ', cp3: 'unknown' });
});
