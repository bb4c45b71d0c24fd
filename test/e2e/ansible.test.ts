import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labClient } from '../../src/lab/lab.ts';
import { createSharedBench, type Bench } from './support/bench.ts';

/** The real ansible-core runs the role against the lab's machines; the program is the lab's client's. Needs ansible-core. */
describe("Ansible's role", () => {
  let bench: Bench;
  let command: readonly string[];

  beforeAll(async () => {
    bench = await createSharedBench('ansible');
    const { argvPrefix, sshConfig } = labClient(bench.lab);
    command = [...argvPrefix, process.execPath, resolve('dist/cli/main.js'), '--ssh-config', sshConfig];
    const hosts = ['cp1', 'cp2', 'cp3'].map((name, i) => `${name} ip=172.16.217.${171 + i}`);
    writeFileSync(join(bench.folder, 'inventory'), `[kube_control_plane]\n${hosts.join('\n')}\n`);
    writeFileSync(
      join(bench.folder, 'play.yaml'),
      '- hosts: kube_control_plane\n  gather_facts: false\n  roles: [k8s_ha.k8s_ha.endpoint]\n',
    );
    const installed = run('ansible-galaxy', 'collection', 'install', resolve('deploy/ansible'), '-p', 'collections');
    if (installed.status !== 0) throw new Error(installed.stderr);
  });
  afterAll(async () => bench.down());

  function run(program: string, ...args: readonly string[]) {
    const collections = join(bench.folder, 'collections');
    const env = { ...process.env, HOME: bench.folder, LC_ALL: 'C.UTF-8', ANSIBLE_COLLECTIONS_PATHS: collections };
    return spawnSync(program, args, { cwd: bench.folder, encoding: 'utf8', env });
  }

  function play(...args: readonly string[]) {
    const told = { k8s_ha_command: command, k8s_ha_virtual_ips: ['172.16.100.100', '172.16.100.101'] };
    const ran = run('ansible-playbook', '-i', 'inventory', '-e', JSON.stringify(told), ...args, 'play.yaml');
    return {
      rc: ran.status,
      changed: Number(/changed=(\d+)/.exec(ran.stdout)?.[1]),
      said: `${ran.stdout}${ran.stderr}`,
    };
  }
  const config = (): string => bench.on('cp2', 'cat /etc/k8s-ha/keepalived.conf');

  it('says in check mode what would change, and changes nothing', () => {
    const ran = play('--check');
    expect(ran, ran.said).toMatchObject({ rc: 0, changed: 1 });
    expect(bench.on('cp2', 'ls /etc/k8s-ha 2>&1 || :')).toContain('No such file');
  });

  it('applies, and has nothing to do in a second run', async () => {
    const first = play();
    expect(first, first.said).toMatchObject({ rc: 0, changed: 1 });
    const holders = await bench.everywhere('ip -o address show to 172.16.100.100');
    expect(holders.filter((said) => said !== '')).toHaveLength(1);
    expect(play()).toMatchObject({ rc: 0, changed: 0 });
    expect(play('--check')).toMatchObject({ rc: 0, changed: 0 });
  });

  it('takes back what was changed by hand', () => {
    const before = config();
    bench.on('cp2', "echo '# by hand' >>/etc/k8s-ha/keepalived.conf");
    expect(play('--check')).toMatchObject({ rc: 0, changed: 1 });
    expect(config()).not.toBe(before);
    expect(play()).toMatchObject({ rc: 0, changed: 1 });
    expect(config()).toBe(before);
  });

  it('fails where a node cannot be changed, with what was found', () => {
    bench.on(
      'cp3',
      'echo \'{"token":"x","owner":"anna","since":1}\' >/run/k8s-ha/lock; echo "# by hand" >>/etc/k8s-ha/haproxy.cfg',
    );
    const ran = play();
    expect(ran.rc).toBe(2);
    expect(ran.said).toContain('locked');
    bench.on('cp3', 'rm /run/k8s-ha/lock');
    expect(play()).toMatchObject({ rc: 0, changed: 1 });
  });
});
