import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import type { Command, CommandResult } from '../../src/core/command.ts';
import type { Host } from '../../src/host/host.ts';
import { adminCredentials } from '../../src/observe/once/kubernetes/admin-conf.ts';
import { kubeconfigText, mergedKubeconfig, readAdminConf } from '../../src/render/kubeconfig.ts';
import { fakeSpec } from '../fakes/spec.ts';

const spec = fakeSpec();

function pem(what: string): string {
  return Buffer.from(`-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`).toString('base64');
}

const ca = pem('CERTIFICATE');
const key = pem('RSA PRIVATE KEY');

/** As kubeadm writes it. */
const admin = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${ca}
    server: https://172.16.217.171:6443
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: kubernetes-admin
  name: kubernetes-admin@kubernetes
current-context: kubernetes-admin@kubernetes
kind: Config
users:
- name: kubernetes-admin
  user:
    client-certificate-data: ${ca}
    client-key-data: ${key}
`;

const credentials = { caData: ca, certificateData: ca, keyData: key };

/** A node that answers everything with this. */
function host(name: string, answer: Partial<CommandResult>, asked: Command[] = []): Host {
  return {
    name,
    close: async () => undefined,
    run: async (command) => {
      asked.push(command);
      return { command, rc: 0, stdout: '', stderr: '', ...answer };
    },
  };
}

describe('the credentials of the administrator', () => {
  test('are read from admin.conf', () => {
    expect(readAdminConf(admin)).toEqual({ ok: true, value: credentials });
  });

  test.each([
    ['nothing', ''],
    ['no YAML', '{"'],
    ['a file without a key', admin.replace(/ +client-key-data: .*\n/, '')],
    ['a key that is no PEM', admin.replace(key, Buffer.from('SECRET').toString('base64'))],
    ['a key that is no base64', admin.replace(key, '"SECRET!"')],
    [
      'a context that names nobody',
      admin.replace('current-context: kubernetes-admin@kubernetes', 'current-context: x'),
    ],
    ['aliases that multiply', 'a: &a [1,1]\nb: &b [*a,*a]\nkind: Config\nclusters: *b\n'],
    ['brackets without an end', '['.repeat(200_000)],
    ['more than anybody needs', `${admin}# ${'x'.repeat(1_100_000)}`],
  ])('are refused from %s, which is not repeated', (_, text) => {
    const read = readAdminConf(text);
    if (read.ok) throw new Error('it was taken');
    expect(read.error).not.toMatch(/SECRET|U0VDUkVU/);
    expect(read.error.length).toBeLessThan(200);
  });

  test('come from the first node that has them; the others say why not', async () => {
    const asked: Command[] = [];
    const found = await adminCredentials([
      host('cp1', { rc: 1, stderr: "head: cannot open '/etc/kubernetes/admin.conf'" }, asked),
      host('cp2', { stdout: admin }, asked),
      host('cp3', { stdout: admin }, asked),
    ]);
    expect(found).toEqual({ ok: true, value: { node: 'cp2', credentials } });
    expect(asked).toHaveLength(2);
    expect(asked[0]?.privileged).toBe(true);
    expect(asked[0]?.stdin).toContain('head -c 65537 /etc/kubernetes/admin.conf');
    const none = await adminCredentials([
      host('cp1', { rc: undefined, failure: { kind: 'unreachable', message: 'cp1 does not answer' } }),
      host('cp2', { stdout: admin.padEnd(65_537, '#') }),
      host('cp3', { stdout: 'kind: \u001B[31mSECRET' }),
    ]);
    if (none.ok) throw new Error('there were none');
    expect(none.error.map(({ rule, node }) => `${rule} ${node}`)).toEqual([
      'admin-conf-unusable cp1',
      'admin-conf-unusable cp2',
      'admin-conf-unusable cp3',
    ]);
    expect(JSON.stringify(none.error)).not.toContain('SECRET');
  });
});

function merged(text: string, context = 'prod'): string {
  const read = mergedKubeconfig(text, spec, credentials, context);
  if (!read.ok) throw new Error(read.error);
  return read.value;
}

describe('a kubeconfig for the endpoint', () => {
  test('has the VIP as its server and the CA of the cluster', () => {
    expect(parse(kubeconfigText(spec, credentials, 'prod'))).toEqual({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'prod', cluster: { server: 'https://172.16.100.100:7443', 'certificate-authority-data': ca } },
      ],
      users: [{ name: 'prod-admin', user: { 'client-certificate-data': ca, 'client-key-data': key } }],
      contexts: [{ name: 'prod', context: { cluster: 'prod', user: 'prod-admin' } }],
      'current-context': 'prod',
    });
  });

  const mine = `# my clusters
apiVersion: v1
kind: Config
clusters:
- {name: home, cluster: {server: "https://10.0.0.1:6443"}}  # do not lose this
users:
- {name: me, user: {token: t}}
contexts:
- {name: home, context: {cluster: home, user: me}}
current-context: home
`;

  test('is put into one that exists, which keeps what it has', () => {
    const text = merged(mine);
    expect(text).toContain('# do not lose this');
    expect(text.startsWith('# my clusters\n')).toBe(true);
    expect(parse(text)).toMatchObject({
      'current-context': 'home',
      clusters: [{ name: 'home' }, { name: 'prod', cluster: { server: 'https://172.16.100.100:7443' } }],
      users: [{ name: 'me', user: { token: 't' } }, { name: 'prod-admin' }],
      contexts: [{ name: 'home' }, { name: 'prod' }],
    });
  });

  test('replaces its own entries, and nothing changes the second time', () => {
    const once = merged(mine);
    expect(merged(once)).toBe(once);
    const renewed = mergedKubeconfig(once, spec, { ...credentials, keyData: pem('EC PRIVATE KEY') }, 'prod');
    expect(renewed.ok && parse(renewed.value)).toMatchObject({
      users: [{ name: 'me' }, { name: 'prod-admin', user: { 'client-key-data': pem('EC PRIVATE KEY') } }],
    });
  });

  test('fills an empty one, and lists that are null', () => {
    expect(parse(merged(''))).toMatchObject({ 'current-context': 'prod' });
    const empty = 'apiVersion: v1\nkind: Config\nclusters: null\nusers: []\ncontexts: null\ncurrent-context: ""\n';
    expect(parse(merged(empty))).toMatchObject({ 'current-context': 'prod', clusters: [{ name: 'prod' }] });
  });

  test.each([
    ['another cluster of that name', mine, 'home', 'another cluster "home"'],
    ['what is no kubeconfig', 'kind: List\nitems: []\n', 'prod', 'no kubeconfig'],
    ['a list that is none', 'kind: Config\nclusters: {}\n', 'prod', '`clusters` is no list'],
    ['what is no YAML', '{"', 'prod', 'no YAML'],
  ])('refuses %s', (_, text, context, why) => {
    const read = mergedKubeconfig(text, spec, credentials, context);
    expect(!read.ok && read.error).toContain(why);
  });
});
