import { describe, expect, it } from 'vitest';
import { inPrefix } from '../../../src/core/ip.ts';
import { nodeNames } from '../../../src/lab/names.ts';
import {
  cableBatch,
  clientAddresses,
  cutArgv,
  macOf,
  memberBatch,
  nodeAddresses,
} from '../../../src/lab/machine/network.ts';

describe('the lab network', () => {
  it("gives the nodes the tutorial's addresses, in one /16 with the client", () => {
    expect([0, 1, 2, 3, 4].map((index) => nodeAddresses(index))).toEqual(
      [171, 172, 173, 174, 175].map((host) => ({ address: `172.16.217.${host}` })),
    );
    for (const { address } of [nodeAddresses(0), nodeAddresses(4), clientAddresses()])
      expect(inPrefix(address, '172.16.0.0/16')).toBe(true);
  });

  it('gives them IPv6 addresses of one /64, or both with IPv4 first', () => {
    expect(nodeAddresses(0, 'ipv6')).toEqual({ address: 'fd17:216::171' });
    expect(nodeAddresses(2, 'dual')).toEqual({ address: '172.16.217.173', secondAddress: 'fd17:216::173' });
    for (const { address } of [nodeAddresses(4, 'ipv6'), clientAddresses('ipv6')])
      expect(inPrefix(address, 'fd17:216::/64')).toBe(true);
  });

  it('derives a locally administered unicast hardware address that is different for each address', () => {
    expect(macOf('172.16.217.171')).toBe('02:00:ac:10:d9:ab');
    for (const family of ['ipv4', 'ipv6', 'dual'] as const)
      expect(new Set([...nodeNames(5).keys()].map((index) => macOf(nodeAddresses(index, family).address))).size).toBe(
        5,
      );
  });

  it('calls the interface eth0 in every member and by the member on the bridge, within 15 characters', () => {
    const lab = 'x'.repeat(24);
    const [add = '', attach = ''] = cableBatch(lab, 'client', clientAddresses().address);
    expect(add).toContain(`peer name eth0 address ${macOf(clientAddresses().address)} netns k8s-ha-${lab}-client`);
    expect(attach).toBe('link set client master br0 up');
    expect('client'.length).toBeLessThanOrEqual(15);
  });

  it('gives the address with the prefix of the segment', () => {
    expect(memberBatch({ address: '172.16.217.171' })).toContain('addr add 172.16.217.171/16 brd + dev eth0');
  });

  it('gives IPv6 addresses at once, without looking for duplicates', () => {
    expect(memberBatch(nodeAddresses(0, 'dual')).slice(2)).toEqual([
      'addr add 172.16.217.171/16 brd + dev eth0',
      'addr add fd17:216::171/64 dev eth0 nodad',
    ]);
  });

  it('cuts the cable at the bridge and not in the node', () => {
    expect(cutArgv('lab', 'cp2')).toEqual(['ip', '-netns', 'k8s-ha-lab-bridge', 'link', 'set', 'cp2', 'down']);
  });
});
