import { beforeEach, describe, expect, test } from 'vitest';
import { remove } from '../../../src/act/verbs/remove.ts';
import { upgrade } from '../../../src/act/verbs/upgrade.ts';
import { paths } from '../../../src/node/paths.ts';
import { drive, nodeOf, simCluster, simRun, type SimCluster } from '../../fakes/sim/cluster.ts';
import { contentOf } from '../../fakes/sim/node.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { errorsOf, leftToDo, optionsOf, settled } from './verbs.ts';

const spec = fakeSpec();

/** Which of them a node was told, of the programs that install packages. */
function installers(cluster: SimCluster, name: string): readonly string[] {
  const told = cluster.log
    .filter(({ node, intent }) => node === name && intent.kind !== 'observe')
    .map(({ command }) => command.stdin ?? '')
    .join('\n');
  return ['apt-get', 'dnf', 'zypper', 'apk'].filter((program) => new RegExp(`\\b${program} -`).test(told));
}

describe('a cluster of three distributions', () => {
  let cluster: SimCluster;
  beforeEach(async () => {
    cluster = simCluster(spec);
    nodeOf(cluster, 'cp2').system = {
      osRelease: 'PRETTY_NAME="Rocky Linux 9.4"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"',
      managers: 'apt dnf',
    };
    nodeOf(cluster, 'cp3').system = {
      osRelease: 'PRETTY_NAME="openSUSE Leap 15.6"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.6"',
      managers: 'zypper',
    };
    for (const node of cluster.nodes) node.packages.clear();
    const problems = errorsOf(await settled(cluster, spec));
    if (problems.length > 0) throw new Error(problems.join());
  });

  test('is set up with the package manager of each, and has units that name its own ip', async () => {
    expect(['cp1', 'cp2', 'cp3'].map((name) => installers(cluster, name))).toEqual([['apt-get'], ['dnf'], ['zypper']]);
    expect(
      ['cp1', 'cp2', 'cp3'].map(
        (name) => /^ExecStopPost=-\+(\S*ip) /m.exec(contentOf(nodeOf(cluster, name), paths.keepalivedUnit))?.[1],
      ),
    ).toEqual(['/bin/ip', '/usr/sbin/ip', '/sbin/ip']);
    expect(await leftToDo(cluster, spec)).toEqual([]);
  });

  test('is upgraded, and cleared of its packages, with the same ones', async () => {
    for (const node of cluster.nodes)
      node.available.set('haproxy', [...(node.available.get('haproxy') ?? []), '2.6.99']);
    cluster.log.length = 0;
    const run = simRun(cluster);
    const upgraded = await drive(cluster, run, upgrade(spec, optionsOf(cluster, run)));
    expect(upgraded?.outcome).toBe('applied');
    expect(cluster.nodes.map(({ packages }) => packages.get('haproxy'))).toEqual(['2.6.99', '2.6.99', '2.6.99']);
    const removal = simRun(cluster);
    const removed = await drive(cluster, removal, remove(spec, { ...optionsOf(cluster, removal), packages: true }));
    expect(removed?.findings).toEqual([]);
    expect(['cp1', 'cp2', 'cp3'].map((name) => installers(cluster, name))).toEqual([['apt-get'], ['dnf'], ['zypper']]);
  });

  test('keeps its packages where nobody knows the package manager, and says so', async () => {
    nodeOf(cluster, 'cp2').system = { osRelease: 'ID=arch', managers: '' };
    const run = simRun(cluster);
    const removed = await drive(cluster, run, remove(spec, { ...optionsOf(cluster, run), packages: true }));
    expect(removed?.findings).toMatchObject([{ rule: 'left-behind', severity: 'warning', node: 'cp2' }]);
    expect(nodeOf(cluster, 'cp2').packages.has('haproxy')).toBe(true);
    nodeOf(cluster, 'cp2').packages.clear();
    expect(errorsOf(await settled(cluster, spec)).join()).toContain('cp2: program-missing');
  });
});
