import { describe, expect, it } from 'vitest';
import { inPrefix } from '../../src/core/ip.ts';
import { nodeNames } from '../../src/lab/names.ts';
import { cableBatch, cutArgv, labNetwork, macOf, memberBatch, nodeAddress } from '../../src/lab/network.ts';

describe('the lab network', () => {
  it("gives the nodes the tutorial's addresses, in one /16 with the client", () => {
    expect([0, 1, 2, 3, 4].map(nodeAddress)).toEqual([171, 172, 173, 174, 175].map((host) => `172.16.217.${host}`));
    for (const address of [nodeAddress(0), nodeAddress(4), labNetwork.client])
      expect(inPrefix(address, '172.16.0.0/16')).toBe(true);
  });

  it('derives a locally administered unicast hardware address that is different for each address', () => {
    expect(macOf('172.16.217.171')).toBe('02:00:ac:10:d9:ab');
    expect(new Set([...nodeNames(5).keys()].map((index) => macOf(nodeAddress(index)))).size).toBe(5);
  });

  it('calls the interface eth0 in every member and by the member on the bridge, within 15 characters', () => {
    const lab = 'x'.repeat(24);
    const [add = '', attach = ''] = cableBatch(lab, 'client', labNetwork.client);
    expect(add).toContain(`peer name eth0 address ${macOf(labNetwork.client)} netns k8s-ha-${lab}-client`);
    expect(attach).toBe('link set client master br0 up');
    expect('client'.length).toBeLessThanOrEqual(15);
  });

  it('gives the address with the prefix of the segment', () => {
    expect(memberBatch('172.16.217.171')).toContain('addr add 172.16.217.171/16 brd + dev eth0');
  });

  it('cuts the cable at the bridge and not in the node', () => {
    expect(cutArgv('lab', 'cp2')).toEqual(['ip', '-netns', 'k8s-ha-lab-bridge', 'link', 'set', 'cp2', 'down']);
  });
});
