import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadFile } from '../../src/cluster-file.ts';
import { missingPrograms } from './missing.ts';

const missing = missingPrograms("Ansible's role", ['ansible-playbook', 'ansible-galaxy']);
const built = existsSync('dist/cli/main.js');
if (!built) process.stderr.write("LEFT OUT: Ansible's role, because it needs `npm run build`.\n");

const inventory = `[kube_control_plane]
cp1 ansible_host=198.51.100.1 ip=172.16.217.171 ansible_user=admin ansible_port=2222
cp2 ansible_host=172.16.217.172
172.16.217.173 k8s_ha_node='{"name": "cp3", "interface": "eth1"}'
`;

/** The real ansible-core, on this machine: the role calls the program here, and asks no node for anything. */
describe.skipIf(missing.length > 0 || !built)("Ansible's role", { timeout: 120_000 }, () => {
  let folder: string;
  const run = (program: string, ...args: readonly string[]) =>
    spawnSync(program, args, {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...process.env,
        HOME: folder,
        LC_ALL: 'C.UTF-8',
        ANSIBLE_COLLECTIONS_PATHS: join(folder, 'collections'),
        ANSIBLE_NOCOLOR: '1',
      },
    });

  /** A run of the role, and how many tasks changed something. */
  const play = (vars: Readonly<Record<string, unknown>>, ...args: readonly string[]) => {
    const told = {
      k8s_ha_command: [resolve('bin/k8s-ha')],
      k8s_ha_write_file: join(folder, 'made.yaml'),
      k8s_ha_state: 'checked',
      ...vars,
    };
    const ran = run('ansible-playbook', '-i', 'inventory', '-e', JSON.stringify(told), ...args, 'play.yaml');
    return { ...ran, changed: Number(/changed=(\d+)/.exec(ran.stdout)?.[1]) };
  };
  const vips = { k8s_ha_virtual_ips: ['172.16.100.100'] };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'k8s-ha-ansible-'));
    writeFileSync(join(folder, 'inventory'), inventory);
    writeFileSync(
      join(folder, 'play.yaml'),
      '- hosts: kube_control_plane\n  gather_facts: false\n  roles: [k8s_ha.k8s_ha.endpoint]\n',
    );
    const installed = run('ansible-galaxy', 'collection', 'install', resolve('deploy/ansible'), '-p', 'collections');
    if (installed.status !== 0) throw new Error(installed.stderr);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is one that Ansible understands, of the version of the program', () => {
    const version = /^version: (.*)$/m.exec(readFileSync('deploy/ansible/galaxy.yml', 'utf8'))?.[1];
    expect(JSON.parse(readFileSync('package.json', 'utf8'))).toMatchObject({ version });
    expect(play(vips, '--syntax-check')).toMatchObject({ status: 0, stderr: '' });
  });

  test('writes in check mode nothing, then the cluster file of the inventory, and then nothing any more', () => {
    expect(play(vips, '--check')).toMatchObject({ status: 0, changed: 1 });
    expect(existsSync(join(folder, 'made.yaml'))).toBe(false);
    expect(play(vips)).toMatchObject({ status: 0, changed: 1 });
    const { spec, findings } = loadFile(readFileSync(join(folder, 'made.yaml'), 'utf8'), 'made.yaml');
    expect(findings).toEqual([]);
    expect(spec?.endpoint.virtualIPs.map(({ address }) => address)).toEqual(['172.16.100.100']);
    expect(
      spec?.nodes.map(({ name, address, interface: on, ssh: { user, port } }) => [name, address, on, user, port]),
    ).toEqual([
      ['cp1', '172.16.217.171', undefined, 'admin', 2222],
      ['cp2', '172.16.217.172', undefined, undefined, undefined],
      ['cp3', '172.16.217.173', 'eth1', undefined, undefined],
    ]);
    expect(play(vips)).toMatchObject({ status: 0, changed: 0 });
  });

  test('takes all else of a cluster file', () => {
    expect(play({ ...vips, k8s_ha_settings: { failover: { target: '1s' }, endpoint: { port: 8443 } } })).toMatchObject({
      status: 0,
    });
    const { spec } = loadFile(readFileSync(join(folder, 'made.yaml'), 'utf8'), 'made.yaml');
    expect(spec).toMatchObject({
      failover: { targetMs: 1000 },
      endpoint: { port: 8443, virtualIPs: [{ address: '172.16.100.100' }] },
    });
  });

  test('fails with what `check` says', () => {
    const ran = play({ k8s_ha_virtual_ips: ['172.16.217.172'] });
    expect(ran.status).toBe(2);
    expect(ran.stdout).toContain('vip-is-node-address');
  });

  test('uses a cluster file of your own instead', () => {
    expect(play({ k8s_ha_file: resolve('examples/tutorial.yaml') })).toMatchObject({ status: 0, changed: 0 });
    expect(play({ k8s_ha_file: join(folder, 'none.yaml') }).status).toBe(2);
  });
});
