import { readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { disruptions } from '../../src/cluster/disruption.ts';
import { parseDrill } from '../../src/drill/drills.ts';
import type { FaultTarget } from '../../src/drill/acts.ts';
import { availableCommand, healCommand, injectCommand, locateCommand } from '../../src/drill/fault.ts';
import { faults } from '../../src/drill/faults/index.ts';
import { arpAnnouncement, unsolicited } from '../../src/drill/means/stranger.ts';
import { fakeSpec } from '../fakes/spec.ts';
import { goldenCases } from '../render/cases.ts';

const spec = fakeSpec();
const [node] = spec.nodes;
const [vip] = spec.endpoint.virtualIPs;
if (!node || !vip) throw new Error('the fake specification has no node or VIP');
const target: FaultTarget = { spec, node, vip, interface: 'eth0', first: true };

/** The same with addresses of both families and a VIP of each. */
const dual = goldenCases.find(({ name }) => name === 'dual-stack')?.spec;
const [dualNode] = dual?.nodes ?? [];
if (!dual || !dualNode) throw new Error('there is no dual-stack case');
const dualTarget: FaultTarget = { spec: dual, node: dualNode, vip, interface: 'eth0', first: true };

function injected(name: string): string {
  return faults.find((fault) => fault.name === name)?.inject?.(dualTarget).shell ?? 'no such fault';
}

/** What `disk-full` says of a node with so much room in /run, and so much free memory. */
function askedDiskFull(freeKb: number, memoryKb: number): string {
  const text = faults.find(({ name }) => name === 'disk-full')?.available?.(target) ?? '';
  const fake = `df() { echo 'tmpfs 100 1 ${freeKb} 1% /run'; }; stat() { echo tmpfs; }; sed() { echo ${memoryKb}; }`;
  return spawnSync('sh', ['-c', `${fake}\n${text}`], { encoding: 'utf8' }).stdout;
}

describe('the registry of faults', () => {
  test('has every file of its folder, under its own name, and every kind of disruption once', () => {
    const files = readdirSync(new URL('../../src/drill/faults', import.meta.url)).filter((file) => file !== 'index.ts');
    expect(faults.map(({ name }) => `${name}.ts`).toSorted()).toEqual(files.toSorted());
    expect(faults.map(({ disruption }) => disruption).toSorted()).toEqual(Object.keys(disruptions).toSorted());
  });

  test.each(faults)('$name: what it runs on a node is a shell script without an error', (fault) => {
    const commands = [
      injectCommand(fault, target, 12_345, 'token'),
      healCommand(fault, target),
      availableCommand(fault, target),
      locateCommand(fault, spec),
    ];
    expect(commands.map(({ intent }) => intent?.kind)).toEqual(['break', 'heal', 'ask-fault', 'locate-fault']);
    expect((fault.inject?.(target).does ?? []).length > 0).toBe(fault.outside === undefined);
    for (const { stdin = '' } of commands) {
      const checked = spawnSync('sh', ['-n'], { input: stdin, encoding: 'utf8' });
      expect(checked.stderr).toBe('');
    }
  });

  test.each(faults.filter(({ outside }) => outside === undefined))(
    '$name: arms the healing on the node before it breaks anything',
    (fault) => {
      const text = injectCommand(fault, target, 12_345, 'token').stdin ?? '';
      const armed = text.indexOf('--on-active=12345ms');
      expect(armed).toBeGreaterThan(0);
      expect(text.lastIndexOf((fault.inject?.(target).shell ?? '').trim())).toBeGreaterThan(armed);
    },
  );

  test.each(['cut-from-peers', 'deaf-to-peers', 'mute-to-peers'])('%s cuts both families', (name) => {
    expect(injected(name)).toMatch(/ ip [sd]addr \{ 172\.16\.217\.172, 172\.16\.217\.173 \} drop;/);
    expect(injected(name)).toMatch(/ ip6 [sd]addr \{ fd17:216::172, fd17:216::173 \} drop;/);
  });

  test('pair-cut cuts the next best node alone, in both families and ways', () => {
    for (const [family, address] of [
      ['ip', '172.16.217.172'],
      ['ip6', 'fd17:216::172'],
    ])
      for (const way of ['saddr', 'daddr'])
        expect(injected('pair-cut')).toContain(`${family} ${way} { ${address} } drop;`);
  });

  test.each([
    ['packets-lost-10', 10],
    ['packets-lost-30', 30],
  ])('%s loses %d of a hundred packets, in both families and ways, and nothing else', (name, percent) => {
    for (const [family, way, peers] of [
      ['ip', 'saddr', '172.16.217.172, 172.16.217.173'],
      ['ip', 'daddr', '172.16.217.172, 172.16.217.173'],
      ['ip6', 'saddr', 'fd17:216::172, fd17:216::173'],
      ['ip6', 'daddr', 'fd17:216::172, fd17:216::173'],
    ])
      expect(injected(name)).toContain(`${family} ${way} { ${peers} } numgen random mod 100 < ${percent} drop;`);
    expect(injected(name).match(/drop/g)).toHaveLength(4);
  });

  test('mtu-black-hole loses long answers of the endpoint to clients: not what nodes, or ssh, send', () => {
    const text = injected('mtu-black-hole');
    expect(text).toContain('tcp sport 7443 meta length > 1400 drop;');
    expect(text.match(/drop/g)).toHaveLength(1);
    for (const spared of ['oifname "lo" accept', 'fd17:216::172', '172.16.217.171'])
      expect(text.indexOf(spared)).toBeLessThan(text.indexOf('drop;'));
  });

  test('node-paused goes on by itself, in the unit that paused it, and link-flapping, cpu-starved and it are ended by systemd', () => {
    const paused = injected('node-paused');
    expect(paused.indexOf('kill -STOP')).toBeLessThan(paused.indexOf('sleep 3'));
    expect(paused.indexOf('sleep 3')).toBeLessThan(paused.indexOf('kill -CONT'));
    expect(paused.lastIndexOf('nft delete table netdev')).toBeGreaterThan(paused.indexOf('sleep 3'));
    for (const [name, seconds] of [
      ['node-paused', 8],
      ['link-flapping', 15],
      ['cpu-starved', 20],
    ] as const)
      expect(injected(name)).toContain(`--property=RuntimeMaxSec=${seconds} `);
    expect(injected('link-flapping').match(/ip link set eth0 (up|down)/g)).toEqual([
      'ip link set eth0 down',
      'ip link set eth0 up',
    ]);
    expect(injected('link-flapping')).toContain('for each in 1 2 3; do');
  });

  test('disk-full takes at most half of the memory that is free, and says so where that is not enough', () => {
    expect(askedDiskFull(1000, 4000)).toBe('');
    expect(askedDiskFull(2000, 4000)).toContain('would take 2000 kB of the 4000 kB');
  });

  test('isolated lets no announcement of any VIP out, by ARP or by NDP', () => {
    expect(injected('isolated')).toContain('arp saddr ip 172.16.100.100 drop;');
    expect(injected('isolated')).toContain('@th,64,128 0xfd170216000000000000000000000100 drop;');
  });

  test('late-arp keeps back what nobody asked for alone, for both families, and drains the holder and no other node', () => {
    const text = injected('late-arp');
    expect(text).toContain('arp operation request arp saddr ip 172.16.100.100 arp daddr ip 172.16.100.100 drop;');
    expect(text).toContain('ip6 daddr ff02::1 @th,64,128 0xfd170216000000000000000000000100 drop;');
    expect(text.match(/drop;/g)).toHaveLength(2);
    expect(text.indexOf('drop;')).toBeLessThan(text.indexOf('/run/k8s-ha/drain'));
    const other = faults.find(({ name }) => name === 'late-arp')?.inject?.({ ...dualTarget, first: false });
    expect(other?.shell).toContain('drop;');
    expect(other?.shell).not.toContain('/run/k8s-ha/drain');
    expect(other?.does.map(({ act }) => act)).toEqual(['burden']);
  });

  test('a stranger announces itself as RFC 5227 and RFC 4861 have it', () => {
    // ARP: Ethernet and IPv4, 6 and 4 bytes, a request; who sends is who is asked for.
    expect(arpAnnouncement('172.16.100.100')).toBe('08060001080006040001026b38730001ac106464000000000000ac106464');
    // Addresses, the pseudo-header's length and next header, and the message add up to all ones (RFC 4443 §2.3).
    const frame = unsolicited('fd17:216::100');
    expect(frame.slice(0, 20)).toBe('86dd6000000000203aff');
    const summed = `${frame.slice(20, 84)}000000200000003a${frame.slice(84)}`.match(/.{4}/g) ?? [];
    const sum = summed.reduce((total, word) => total + Number.parseInt(word, 16), 0);
    expect((sum & 0xffff) + Math.floor(sum / 0x10000)).toBe(0xffff);
    expect(frame.slice(84, 88)).toBe('8800');
  });

  test('dns-gone drops questions by both protocols, also those to the node itself, and nothing else', () => {
    expect(injected('dns-gone').match(/drop;/g)).toHaveLength(2);
    expect(injected('dns-gone')).toContain('meta l4proto { tcp, udp } th dport 53 counter drop;');
    expect(injected('dns-gone')).not.toContain('"lo"');
  });

  test('reads one fault, several at once, and names what is none', () => {
    expect(parseDrill('node-lost')).toMatchObject({ ok: true, value: [{ name: 'node-lost' }] });
    expect(parseDrill('drained+api-server-hung')).toMatchObject({ ok: true, value: [{}, {}] });
    expect(parseDrill('drained+nothing')).toEqual({ ok: false, error: 'nothing' });
  });
});
