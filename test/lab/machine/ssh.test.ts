import { describe, expect, it } from 'vitest';
import { clientPrefix, knownHostsText, sshConfig } from '../../../src/lab/machine/ssh.ts';

const nodes = [
  { name: 'cp1', address: '172.16.217.171' },
  { name: 'cp2', address: '172.16.217.172' },
];

describe('ssh into the lab', () => {
  it('writes a configuration that reaches nodes by name and by address through the client, with checked host keys', () => {
    expect(sshConfig('lab', nodes)).toBe(`Host cp1
  HostName 172.16.217.171
Host cp2
  HostName 172.16.217.172
Host cp1 172.16.217.171 cp2 172.16.217.172
  ProxyCommand nsenter --net=/run/netns/k8s-ha-lab-client -- socat - TCP:%h:22
  User root
  IdentityFile /var/lib/k8s-ha-lab/labs/lab/ssh/id_ed25519
  IdentitiesOnly yes
  KexAlgorithms curve25519-sha256
  UserKnownHostsFile /var/lib/k8s-ha-lab/labs/lab/ssh/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  ConnectTimeout 10
  LogLevel ERROR
`);
  });

  it('goes straight to them from the client itself', () => {
    expect(sshConfig('lab', nodes, { inClient: true })).toBe(
      sshConfig('lab', nodes).replace(/ {2}ProxyCommand .*\n/, ''),
    );
  });

  it('reaches IPv6 addresses, which socat wants in brackets', () => {
    const config = sshConfig('lab', [{ name: 'cp1', address: 'fd17:216::171' }]);
    expect(config).toContain('HostName fd17:216::171\nHost cp1 fd17:216::171\n');
    expect(config).toContain('-- socat - TCP6:[%h]:22\n');
  });

  it('lists each host key under name and address, without its comment', () => {
    expect(knownHostsText([{ name: 'cp1', address: '10.0.0.1', key: 'ssh-ed25519 AAAA cp1\n' }])).toBe(
      'cp1,10.0.0.1 ssh-ed25519 AAAA\n',
    );
  });

  it("enters the network of the named lab's client and nothing else", () => {
    expect(clientPrefix('other')).toEqual(['nsenter', '--net=/run/netns/k8s-ha-other-client', '--']);
  });
});
