import { describe, expect, test } from 'vitest';
import { parseDiscovered } from '../../../src/observe/once/discover.ts';

function section(name: string, text: string, rc = 0): string {
  return `${name} ${rc} ${Buffer.byteLength(text)}\n${text}\n`;
}

function said(...sections: readonly string[]) {
  return parseDiscovered(Buffer.from(sections.join('')).toString('base64'));
}

const addresses = JSON.stringify([
  { ifname: 'lo', addr_info: [{ local: '127.0.0.1', scope: 'host' }] },
  { ifname: 'eth1', addr_info: [{ local: '10.9.0.1', scope: 'global' }] },
  {
    ifname: 'eth0',
    addr_info: [
      { local: '172.16.217.171', scope: 'global' },
      { local: 'fe80::1', scope: 'link' },
    ],
  },
]);
const route = JSON.stringify([{ dst: 'default', dev: 'eth0' }]);

describe('a node that is asked what it is', () => {
  test('before Kubernetes: its short name, and the address of the interface with the default route', () => {
    expect(
      said(section('hostname', 'CP1.example.com'), section('addresses', addresses), section('route', route)),
    ).toEqual({ name: 'cp1', address: '172.16.217.171', apiServerPort: undefined, endpoint: undefined });
  });

  test('with Kubernetes: where its API server is advertised, its port, and the endpoint', () => {
    const manifest = 'command:\n  - kube-apiserver\n  - --advertise-address=10.9.0.1\n  - --secure-port=6444\n';
    expect(
      said(
        section('hostname', 'cp1'),
        section('addresses', addresses),
        section('route', route),
        section('manifest', manifest),
        section('kubeadm', 'apiVersion: kubeadm.k8s.io/v1beta4\ncontrolPlaneEndpoint: api.example.com:6443\n'),
      ),
    ).toEqual({ name: 'cp1', address: '10.9.0.1', apiServerPort: 6444, endpoint: 'api.example.com:6443' });
  });

  test('with API servers that refuse anonymous requests, as their arguments or an answer say it', () => {
    const flags = '--advertise-address=10.9.0.1\n--anonymous-auth=false\n--client-ca-file=/etc/kubernetes/pki/ca.crt\n';
    expect(said(section('hostname', 'cp1'), section('api-flags', flags))).toMatchObject({
      address: '10.9.0.1',
      apiServerPort: 6443,
      apiServer: { healthAuth: 'certificate' },
    });
    const answered = (status: string) => said(section('hostname', 'cp1'), section('anonymous', status))?.apiServer;
    expect(answered('401')).toEqual({ healthAuth: 'certificate' });
    for (const status of ['200', '403', '500', '000']) expect(answered(status)).toBeUndefined();
  });

  test.each([
    [
      'RKE2, by the arguments of its API server',
      [
        section(
          'api-flags',
          '--anonymous-auth=false\n--client-ca-file=/var/lib/rancher/rke2/server/tls/client-ca.crt\n--secure-port=6443\n',
        ),
        section('rancher', '/var/lib/rancher/rke2/server/tls'),
      ],
      {
        caFile: '/var/lib/rancher/rke2/server/tls/server-ca.crt',
        clientCaFile: '/var/lib/rancher/rke2/server/tls/client-ca.crt',
        healthAuth: 'certificate',
      },
    ],
    [
      'k3s, by its folder: its API server is no process of its own',
      [section('rancher', '/var/lib/rancher/k3s/server/tls'), section('anonymous', '401')],
      {
        caFile: '/var/lib/rancher/k3s/server/tls/server-ca.crt',
        clientCaFile: '/var/lib/rancher/k3s/server/tls/client-ca.crt',
        healthAuth: 'certificate',
      },
    ],
    [
      'the hard way: one CA, in a folder of its own',
      [section('api-flags', '--client-ca-file=/var/lib/kubernetes/ca.crt\n'), section('anonymous', '200')],
      { caFile: '/var/lib/kubernetes/ca.crt' },
    ],
    [
      'one that names what no path is',
      [section('api-flags', '--client-ca-file=/etc/$(id)\n'), section('rancher', '/tmp/x')],
      undefined,
    ],
  ])('%s', (_name, sections, apiServer) => {
    expect(said(section('hostname', 'cp1'), ...sections)?.apiServer).toEqual(apiServer);
  });

  test('with an IPv6 endpoint, which YAML quotes', () => {
    expect(
      said(section('hostname', 'cp1'), section('kubeadm', "controlPlaneEndpoint: '[fd17:216::100]:7443'\n")),
    ).toMatchObject({ endpoint: '[fd17:216::100]:7443' });
  });

  test('in both families: its own addresses, not the VIPs it holds, and none that changes for privacy', () => {
    const both = JSON.stringify([
      {
        ifname: 'eth0',
        addr_info: [
          { local: '172.16.100.100', scope: 'global', prefixlen: 32 },
          { local: '172.16.217.171', scope: 'global', prefixlen: 16 },
          { local: 'fd17:216::100', scope: 'global', prefixlen: 128, deprecated: true },
          { local: 'fd17:216::d0f0', scope: 'global', prefixlen: 64, temporary: true },
          { local: 'fd17:216::171', scope: 'global', prefixlen: 64 },
          { local: 'fe80::1', scope: 'link', prefixlen: 64 },
        ],
      },
    ]);
    expect(said(section('hostname', 'cp1'), section('addresses', both), section('route', route))).toMatchObject({
      address: '172.16.217.171',
      secondAddress: 'fd17:216::171',
    });
  });

  test('without a default route: where ssh arrived', () => {
    expect(
      said(
        section('hostname', 'cp1'),
        section('addresses', addresses),
        section('ssh', '172.16.217.1 40000 172.16.217.171 22'),
        section('route', '[]'),
      ),
    ).toMatchObject({ address: '172.16.217.171' });
  });

  test('never makes up an address, or a node without a name', () => {
    expect(said(section('hostname', 'cp1'), section('addresses', 'ip: command not found', 127))).toMatchObject({
      address: undefined,
    });
    expect(said(section('hostname', '', 127))).toBeUndefined();
  });
});
