import { describe, expect, it } from 'vitest';
import { certificateArgv, requestConfig, subjectAltNames } from '../../src/lab/certificates.ts';
import { apiServerUnit, etcdEnvironment, guestFiles } from '../../src/lab/control-plane.ts';
import { nspawnArgv } from '../../src/lab/machine/machines.ts';
import { nodePaths } from '../../src/lab/paths.ts';

const nodes = [1, 2, 3].map((i) => ({ name: `cp${i}`, address: `172.16.217.17${i}` }));
const [cp1 = { name: '', address: '' }] = nodes;

describe('what makes a machine a node', () => {
  it('starts etcd as a static cluster of all nodes', () => {
    const lines = etcdEnvironment(cp1, nodes).split('\n');
    expect(lines).toContain(
      'ETCD_INITIAL_CLUSTER=cp1=http://172.16.217.171:2380,cp2=http://172.16.217.172:2380,cp3=http://172.16.217.173:2380',
    );
    expect(lines).toContain('ETCD_NAME=cp1');
    expect(lines).toContain('ETCD_LISTEN_CLIENT_URLS=http://127.0.0.1:2379,http://172.16.217.171:2379');
  });

  it('writes IPv6 addresses in brackets', () => {
    const six = [1, 2].map((i) => ({ name: `cp${i}`, address: `fd17:216::17${i}` }));
    const lines = etcdEnvironment(six[0] ?? cp1, six).split('\n');
    expect(lines).toContain('ETCD_INITIAL_CLUSTER=cp1=http://[fd17:216::171]:2380,cp2=http://[fd17:216::172]:2380');
    expect(lines).toContain('ETCD_LISTEN_CLIENT_URLS=http://[::1]:2379,http://[fd17:216::171]:2379');
  });

  it('says in the unit that the API server is a stand-in, and restarts it for ever', () => {
    const unit = apiServerUnit(cp1);
    expect(unit).toContain('Description=Stand-in Kubernetes API server');
    expect(unit).toContain('Restart=always');
    expect(unit).toContain('StartLimitIntervalSec=0');
    expect(unit).toContain('NODE_NAME=cp1');
  });

  it("gives each node its name, its machine-id and everybody's addresses", () => {
    const files = new Map(guestFiles(cp1, nodes, 'f'.repeat(32)).map(({ path, content }) => [path, content]));
    expect(files.get('etc/hostname')).toBe('cp1\n');
    expect(files.get('etc/machine-id')).toBe(`${'f'.repeat(32)}\n`);
    expect(files.get('etc/hosts')).toContain('172.16.217.173 cp3');
  });

  it('boots in the namespace of the node, unregistered, with what keepalived needs', () => {
    const argv = nspawnArgv('lab', 'cp1', [['/usr/bin/node', '/opt/node']]);
    expect(argv).toContain('--network-namespace-path=/run/netns/k8s-ha-lab-cp1');
    expect(argv).toContain('--register=no');
    expect(argv).toContain('--bind-ro=/usr/bin/node:/opt/node');
    expect(argv.find((arg) => arg.startsWith('--capability='))).toMatch(
      /CAP_NET_ADMIN.*CAP_NET_RAW.*CAP_SYS_NICE.*CAP_IPC_LOCK/,
    );
  });

  it('lets podman work: keyrings, and storage that is no overlay on an overlay', () => {
    const argv = nspawnArgv('lab', 'cp1', []);
    expect(argv).toContain('--system-call-filter=@keyring');
    expect(argv).toContain(`--bind=${nodePaths('lab', 'cp1').containers}:/var/lib/containers`);
  });
});

describe('certificates', () => {
  it('name the node, its address, loopback and the endpoint addresses, and what was asked for', () => {
    const names = subjectAltNames({ name: 'cp1', address: '172.16.217.171', secondAddress: 'fd17:216::171' }, [
      'api.example',
    ]);
    for (const name of [
      'kubernetes',
      'cp1',
      '172.16.217.171',
      'fd17:216::171',
      '127.0.0.1',
      '::1',
      '172.16.100.100',
      'fd17:216::100',
      '172.16.100.101',
      'api.example',
    ])
      expect(names).toContain(name);
  });

  it('write addresses as IP and names as DNS, and are no authority', () => {
    const config = requestConfig('kube-apiserver', ['cp1', '172.16.217.171']);
    expect(config).toContain('subjectAltName = DNS:cp1,IP:172.16.217.171');
    expect(config).toContain('CA:FALSE');
    expect(requestConfig('ca', 'authority')).toContain('CA:TRUE');
  });

  it('are signed by the authority, which signs itself', () => {
    expect(certificateArgv('/pki', 'cp1')).toContain('-CA');
    expect(certificateArgv('/pki', 'ca')).not.toContain('-CA');
  });
});
