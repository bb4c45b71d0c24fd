import { parse, parseAllDocuments } from 'yaml';
import { describe, expect, test } from 'vitest';
import type { NodeSpec } from '../../src/cluster/spec.ts';
import { authenticationConfig, endpointOf, kubeadmConfig, parseExisting } from '../../src/render/kubeadm.ts';
import { joinPlaceholders, missingForJoin, readJoinCommand, readJoinValue } from '../../src/render/kubeadm-join.ts';
import { fakeSpec } from '../fakes/spec.ts';
import { goldenCases } from './cases.ts';

const spec = fakeSpec();
const six = goldenCases.find(({ name }) => name === 'ipv6')?.spec ?? spec;
const [cp1, cp2] = spec.nodes;
if (!cp1 || !cp2) throw new Error('the fake has nodes');

function documents(text: string): readonly unknown[] {
  return parseAllDocuments(text).map((each): unknown => each.toJS());
}

/** As kubeadm keeps it in the ConfigMap kubeadm-config, shortened. */
const existing = `apiServer:
  certSANs: [old.example.com, 172.16.217.171]
  extraArgs:
    - { name: audit-log-maxage, value: "7" }
    - { name: goaway-chance, value: "0.01" }
apiVersion: kubeadm.k8s.io/v1beta4
clusterName: kubernetes
controlPlaneEndpoint: 172.16.217.171:6443
kind: ClusterConfiguration
kubernetesVersion: v1.36.3
networking: { podSubnet: 10.244.0.0/16, serviceSubnet: 10.96.0.0/12 }
`;

/** What a node of an existing cluster of that version is given. */
function flagsOf(node: NodeSpec, version: string): unknown {
  const read = parseExisting(existing.replace('v1.36.3', version));
  if (!read.ok) throw new Error(read.error);
  return documents(kubeadmConfig(spec, node, { existing: read.value }))[1];
}

describe('kubeadm’s configuration', () => {
  test('for the first node names the endpoint, every name that clients use, and the flags of a balanced endpoint', () => {
    const [init, cluster] = documents(kubeadmConfig(spec, cp1));
    expect(init).toMatchObject({
      kind: 'InitConfiguration',
      localAPIEndpoint: { advertiseAddress: cp1.address, bindPort: 6443 },
      nodeRegistration: { name: 'cp1', kubeletExtraArgs: [{ name: 'node-ip', value: cp1.address }] },
    });
    expect(cluster).toMatchObject({
      controlPlaneEndpoint: '172.16.100.100:7443',
      apiServer: {
        certSANs: ['172.16.100.100', '172.16.100.101', '172.16.217.171', '172.16.217.172', '172.16.217.173'],
        extraArgs: [
          { name: 'goaway-chance', value: '0.001' },
          { name: 'shutdown-delay-duration', value: '5s' },
          { name: 'shutdown-watch-termination-grace-period', value: '10s' },
        ],
      },
    });
  });

  test('says what the file says of networks, add-ons and checks', () => {
    const kubernetes = {
      podSubnet: '10.244.0.0/16',
      kubeProxy: false,
      coreDNS: false,
      workerBalancer: 'vip' as const,
      ignorePreflightErrors: ['NumCPU'],
    };
    const [init, cluster] = documents(kubeadmConfig({ ...spec, kubernetes }, cp1, { version: 'v1.36.3' }));
    expect(init).toMatchObject({ nodeRegistration: { ignorePreflightErrors: ['NumCPU'] } });
    expect(cluster).toMatchObject({
      kubernetesVersion: 'v1.36.3',
      networking: { podSubnet: '10.244.0.0/16' },
      proxy: { disabled: true },
      dns: { disabled: true },
    });
    expect(JSON.stringify(documents(kubeadmConfig(spec, cp1)))).not.toMatch(
      /networking|disabled|kubernetesVersion|ignore/,
    );
  });

  test('for a worker has no control plane, and no key of its certificates', () => {
    const credentials = { token: 'abcdef.0123456789abcdef', caCertHashes: ['sha256:00'] };
    const [join] = documents(kubeadmConfig(spec, cp2, { kind: 'join-worker', credentials }));
    expect(join).toMatchObject({
      kind: 'JoinConfiguration',
      discovery: { bootstrapToken: { token: credentials.token } },
    });
    expect(join).not.toHaveProperty('controlPlane');
  });

  test('prefers the DNS name, and brackets IPv6', () => {
    const { endpoint } = spec;
    expect(endpointOf({ ...spec, endpoint: { ...endpoint, dnsName: 'api.example.com' } })).toBe('api.example.com:7443');
    const vip = { address: 'fd00::1', family: 'ipv6' as const, instance: 'K8S_API_1', virtualRouterId: 51 };
    expect(endpointOf({ ...spec, endpoint: { ...endpoint, virtualIPs: [vip] } })).toBe('[fd00::1]:7443');
  });

  test('of dual stack has both addresses of every node', () => {
    const dual = { ...spec, nodes: spec.nodes.map((node, i) => ({ ...node, secondAddress: `fd00::${i + 1}` })) };
    const [first] = dual.nodes;
    if (!first) throw new Error('the fake has nodes');
    const [init, cluster] = documents(kubeadmConfig(dual, first));
    expect(init).toMatchObject({
      localAPIEndpoint: { advertiseAddress: '172.16.217.171' },
      nodeRegistration: { kubeletExtraArgs: [{ name: 'node-ip', value: '172.16.217.171,fd00::1' }] },
    });
    expect(cluster).toMatchObject({ apiServer: { certSANs: expect.arrayContaining(['172.16.217.173', 'fd00::3']) } });
    expect(cluster).not.toHaveProperty('networking');
  });

  test('of IPv6 nodes has IPv6 services, because an API server refuses IPv4 ones there', () => {
    const [first] = six.nodes;
    if (!first) throw new Error('the case has nodes');
    const [init, cluster] = documents(kubeadmConfig(six, first));
    expect(init).toMatchObject({ localAPIEndpoint: { advertiseAddress: 'fd00::1' } });
    expect(cluster).toMatchObject({
      controlPlaneEndpoint: '[fd00::100]:7443',
      networking: { serviceSubnet: 'fd00:10:96::/112' },
    });
  });

  test('for a joining node is a control-plane node’s', () => {
    const [join, ...rest] = documents(kubeadmConfig(spec, cp2, { kind: 'join' }));
    expect(rest).toEqual([]);
    expect(join).toMatchObject({
      kind: 'JoinConfiguration',
      controlPlane: { localAPIEndpoint: { advertiseAddress: cp2.address } },
      discovery: { bootstrapToken: { apiServerEndpoint: '172.16.100.100:7443' } },
    });
  });

  test('for a joining node has the credentials that were given, and placeholders that look like none for the others', () => {
    const hash = `sha256:${'0a'.repeat(32)}`;
    const key = 'c'.repeat(64);
    const credentials = { token: 'abcdef.0123456789abcdef', caCertHashes: [hash], certificateKey: key };
    expect(documents(kubeadmConfig(spec, cp2, { kind: 'join', credentials }))[0]).toMatchObject({
      controlPlane: { certificateKey: key },
      discovery: { bootstrapToken: { token: 'abcdef.0123456789abcdef', caCertHashes: [hash] } },
    });
    const [bare] = documents(kubeadmConfig(spec, cp2, { kind: 'join' }));
    expect(bare).toMatchObject({
      controlPlane: { certificateKey: '<CERTIFICATE KEY: kubeadm init phase upload-certs --upload-certs>' },
      discovery: {
        bootstrapToken: {
          token: '<TOKEN: kubeadm token create>',
          caCertHashes: ['<CA CERT HASH: kubeadm token create --print-join-command>'],
        },
      },
    });
    expect(missingForJoin({})).toEqual(['token', 'caCertHashes', 'certificateKey']);
    expect(missingForJoin(credentials)).toEqual([]);
  });

  test('of a cluster that exists keeps what it says and adds what the endpoint needs', () => {
    const read = parseExisting(existing);
    if (!read.ok) throw new Error(read.error);
    const [, cluster] = documents(kubeadmConfig(spec, cp1, { existing: read.value, limitAnonymous: true }));
    expect(cluster).toMatchObject({
      clusterName: 'kubernetes',
      kubernetesVersion: 'v1.36.3',
      networking: { podSubnet: '10.244.0.0/16' },
      controlPlaneEndpoint: '172.16.100.100:7443',
      apiServer: {
        certSANs: [
          'old.example.com',
          '172.16.217.171',
          '172.16.100.100',
          '172.16.100.101',
          '172.16.217.172',
          '172.16.217.173',
        ],
        extraArgs: [
          { name: 'audit-log-maxage', value: '7' },
          { name: 'goaway-chance', value: '0.01' },
          { name: 'shutdown-delay-duration', value: '5s' },
          { name: 'shutdown-watch-termination-grace-period', value: '10s' },
          { name: 'authentication-config', value: '/etc/kubernetes/k8s-ha-authentication.yaml' },
        ],
        extraVolumes: [{ pathType: 'File' }],
      },
    });
  });

  test('has no flag that an older API server does not start with', () => {
    expect(JSON.stringify(flagsOf(cp1, 'v1.26.15'))).not.toContain('shutdown-watch');
    expect(JSON.stringify(flagsOf(cp1, 'v1.27.0'))).toContain('shutdown-watch');
  });

  test('says what is wrong with a file that is no ClusterConfiguration', () => {
    expect(parseExisting('kind: InitConfiguration')).toMatchObject({ ok: false });
    expect(parseExisting('kind: ClusterConfiguration\napiVersion: x\napiServer: 7')).toMatchObject({ ok: false });
    expect(parseExisting('{')).toMatchObject({ ok: false });
  });

  test('limits anonymous requests to what checks and joining nodes ask for', () => {
    expect(parse(authenticationConfig(spec))).toMatchObject({
      kind: 'AuthenticationConfiguration',
      anonymous: { enabled: true, conditions: expect.arrayContaining([{ path: '/readyz' }, { path: '/livez' }]) },
    });
  });
});

describe('what a joining node needs', () => {
  const token = 'abcdef.0123456789abcdef';
  const hash = `sha256:${'0a'.repeat(32)}`;
  const key = 'c'.repeat(64);

  test('is read from what kubeadm prints', () => {
    const command = `kubeadm join 172.16.100.100:7443 --token ${token} --discovery-token-ca-cert-hash ${hash} `;
    expect(readJoinCommand(`${command}--control-plane --certificate-key ${key}\n`)).toEqual({
      ok: true,
      value: { token, caCertHashes: [hash], certificateKey: key },
    });
    expect(readJoinCommand(`${command.replace(' --disc', ' \\\n\t--disc')}\n`)).toEqual({
      ok: true,
      value: { token, caCertHashes: [hash] },
    });
  });

  test.each([
    ['nothing', ''],
    ['a command without a token', `kubeadm join x --discovery-token-ca-cert-hash ${hash}`],
    ['a token of another form', `kubeadm join x --token SECRET --discovery-token-ca-cert-hash ${hash}`],
    [
      'a key of another form',
      `kubeadm join --token ${token} --discovery-token-ca-cert-hash ${hash} --certificate-key SECRET`,
    ],
    ['placeholders', `--token ${joinPlaceholders.token} --discovery-token-ca-cert-hash ${hash}`],
  ])('is refused from %s, and never repeated', (_, text) => {
    const read = readJoinCommand(text);
    if (read.ok) throw new Error('it was taken');
    expect(read.error).not.toContain('SECRET');
  });

  test('has the forms of kubeadm', () => {
    expect(readJoinValue('token', ` ${token}\n`)).toEqual({ ok: true, value: token });
    expect(readJoinValue('certificateKey', key)).toMatchObject({ ok: true });
    expect(readJoinValue('certificateKey', `${key}0`)).toMatchObject({ ok: false });
    expect(readJoinValue('caCertHash', key)).toMatchObject({ ok: false });
  });
});
