import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAddons } from '../../src/cluster/addons.ts';
import { etcDir, runDir, stateDir } from '../../src/node/paths.ts';
import { addonRights } from '../../src/render/addon-rights.ts';
import { addonList, addonScript, manifestsOf } from '../../src/render/addons.ts';
import { fakeSpec } from '../fakes/spec.ts';
import { builtPrograms, startApiServer, type ApiServer } from './support/api-server.ts';

const programs = builtPrograms();
const patient = { timeout: 30_000, interval: 300 };

const namespace = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: platform }\n';

function configMap(name: string, value = '1', mode = 'Reconcile', where = 'platform'): string {
  return `apiVersion: v1
kind: ConfigMap
metadata: { name: ${name}, namespace: ${where}, labels: { addonmanager.kubernetes.io/mode: ${mode} } }
data: { value: "${value}" }
`;
}

const roles = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: reader }
rules: [{ apiGroups: [""], resources: [nodes], verbs: [get, list] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: reader }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader }
subjects: [{ kind: ServiceAccount, name: agent, namespace: platform }]
`;

/** The loop of two nodes against a real API server; needs what `k8s-ha lab programs --from go` builds. */
describe.skipIf(programs === undefined)('the loop that keeps add-ons applied, with a real API server', () => {
  let server: ApiServer;
  let folder: string;
  const ends: (() => void)[] = [];
  const file = (node: string, name: string): string => join(folder, node, name);
  const statusOf = (node: string): string =>
    existsSync(file(node, 'run/addons.json')) ? readFileSync(file(node, 'run/addons.json'), 'utf8') : '';
  const valueOf = (name: string): string =>
    server.kubectl('-n', 'platform', 'get', 'configmap', name, '--ignore-not-found', '-o', 'jsonpath={.data.value}');
  const claim = (): string =>
    server.kubectl('-n', 'kube-system', 'get', 'configmap', 'k8s-ha-addons', '-o', 'jsonpath={.data.claim}');
  const patch = (data: object): void => {
    const json = JSON.stringify({ data });
    server.kubectl('-n', 'kube-system', 'patch', 'configmap', 'k8s-ha-addons', '--type=merge', '-p', json);
  };

  const place = (node: string, ...texts: readonly string[]): void => {
    const objects = parseAddons(texts.map((text, i) => ({ name: `${i}.yaml`, text })));
    if (!objects.ok) throw new Error('the manifests are right');
    writeFileSync(file(node, 'etc/addons-reconcile.yaml'), manifestsOf(objects.value, 'Reconcile'));
    writeFileSync(file(node, 'etc/addons-ensure-exists.yaml'), manifestsOf(objects.value, 'EnsureExists'));
    writeFileSync(file(node, 'etc/addons.list'), addonList(objects.value));
    writeFileSync(file(node, 'etc/addons-rights.yaml'), addonRights(objects.value));
  };
  const start = (node: string): void => {
    const spec = fakeSpec();
    const [first] = spec.nodes;
    if (!first) throw new Error('no node');
    const text = addonScript(
      { ...spec, apiServer: { ...spec.apiServer, port: server.port } },
      { ...first, address: '127.0.0.1' },
    )
      .replaceAll(runDir, file(node, 'run'))
      .replaceAll(etcDir, file(node, 'etc'))
      .replaceAll(stateDir, file(node, 'state'))
      .replaceAll('/etc/kubernetes/admin.conf', server.kubeconfig)
      .replace('started + 10', 'started + 1');
    const child = spawn('sh', ['-c', text], {
      env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}` },
      stdio: 'ignore',
      detached: true,
    });
    ends.push(() => void (child.pid !== undefined && process.kill(-child.pid, 'SIGKILL')));
  };

  const first = [namespace, roles, configMap('kept'), configMap('dropped'), configMap('theirs', '1', 'EnsureExists')];
  const second = [namespace, roles, configMap('kept', '2')];

  beforeAll(async () => {
    if (programs === undefined) return;
    server = await startApiServer(programs);
    folder = mkdtempSync(join(tmpdir(), 'k8s-ha-addons-'));
    mkdirSync(join(folder, 'bin'));
    symlinkSync(join(programs, 'kubectl'), join(folder, 'bin/kubectl'));
    for (const node of ['a', 'b']) {
      for (const name of ['etc', 'run', 'state']) mkdirSync(file(node, name), { recursive: true });
      place(node, ...first);
      start(node);
    }
  }, 90_000);
  afterAll(() => {
    for (const end of ends) end();
    server?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('applies all of the folder, roles too, and has rights to nothing else', async () => {
    await expect.poll(() => ['kept', 'dropped', 'theirs'].map(valueOf).join(' '), patient).toBe('1 1 1');
    await expect.poll(() => statusOf('b'), patient).toContain('"applied"');
    expect(server.kubectl('get', 'clusterrolebinding', 'reader', '-o', 'name')).toContain('reader');
    const can = (...what: readonly string[]): string =>
      server
        .kubectl('auth', 'can-i', '--as', 'k8s-ha:addons', ...what)
        .trim()
        .split('\n')[0] ?? '';
    expect(can('delete', 'configmap/kept', '-n', 'platform')).toBe('yes');
    expect(can('delete', 'configmap/kept', '-n', 'default')).not.toBe('yes');
    expect(can('delete', 'configmap/theirs', '-n', 'platform')).not.toBe('yes');
    expect(can('list', 'secrets', '-A')).not.toBe('yes');
    expect(can('escalate', 'clusterrole/cluster-admin')).not.toBe('yes');
    expect(can('patch', 'configmap/k8s-ha-addons', '-n', 'kube-system')).not.toBe('yes');
  }, 60_000);

  it('sets right what somebody changed or deleted, counts it, and leaves alone what only has to exist', async () => {
    const other = ['--type=merge', '-p', '{"data":{"value":"x"}}'];
    for (const name of ['kept', 'theirs']) server.kubectl('-n', 'platform', 'patch', 'configmap', name, ...other);
    server.kubectl('-n', 'platform', 'delete', 'configmap', 'dropped');
    await expect.poll(() => ['kept', 'dropped', 'theirs'].map(valueOf).join(' '), patient).toBe('1 1 x');
    await expect.poll(() => `${statusOf('a')}${statusOf('b')}`, patient).toMatch(/"corrections": ?[12]/);
  }, 60_000);

  it('deletes nothing that the ConfigMap names, and makes it right again', async () => {
    server.apply(configMap('victim', '1', 'Reconcile', 'default'));
    patch({
      claim: 'x --all',
      objects: 'Reconcile ConfigMap default victim\nReconcile --all - -A\n',
      revision: '--all',
    });
    await expect.poll(claim, patient).toMatch(/^\d+ [0-9a-f]{12}$/);
    place('a', ...first, configMap('more'));
    place('b', ...first, configMap('more'));
    await expect.poll(() => valueOf('more'), patient).toBe('1');
    expect(server.kubectl('get', 'configmap', 'victim', '-o', 'name')).toContain('victim');
  }, 60_000);

  it('deletes what left the folder, but not what it did not apply itself, and no node undoes the new folder', async () => {
    // Nobody says any more that it was we who applied it.
    const ours = '{"metadata":{"managedFields":[{}]}}';
    server.kubectl('-n', 'platform', 'patch', 'configmap', 'more', '--type=merge', '-p', ours);
    place('a', ...second);
    await expect.poll(() => valueOf('kept'), patient).toBe('2');
    await expect.poll(() => valueOf('dropped'), patient).toBe('');
    await expect.poll(() => statusOf('b'), patient).toContain('stands back');
    place('b', ...second);
    await expect.poll(() => statusOf('b'), patient).toContain('"applied"');
    expect(valueOf('kept')).toBe('2');
    expect(valueOf('theirs')).toBe('x');
    expect(valueOf('more')).toBe('1');
    expect(
      server
        .kubectl('get', 'clusterroles', '-l', 'app.kubernetes.io/managed-by=k8s-ha-addons', '-o', 'name')
        .trim()
        .split('\n'),
    ).toHaveLength(1);
  }, 90_000);

  it('stands back where the ConfigMap claims a folder that no node has, and says so, until there is a new one', async () => {
    patch({ claim: '999999999 0123456789ab' });
    await expect.poll(() => statusOf('a'), patient).toContain('stands back');
    server.kubectl('-n', 'platform', 'delete', 'configmap', 'kept');
    place('a', ...second, configMap('newest'));
    await expect.poll(() => `${valueOf('kept')} ${valueOf('newest')}`, patient).toBe('2 1');
  }, 90_000);
});
