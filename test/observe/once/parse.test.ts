import { assert, integer, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseNode } from '../../../src/observe/once/parse.ts';
import { parseSections } from '../../../src/observe/once/sections.ts';

function line(name: string, text: string, rc = 0): string {
  return `${name} ${rc} ${Buffer.byteLength(text)}\n${text}\n`;
}

function encoded(...lines: readonly string[]): string {
  return Buffer.from(lines.join('')).toString('base64');
}

function node(...lines: readonly string[]) {
  return parseNode(encoded(...lines), 1000, 1010);
}

const stat = [
  '# pxname,svname,scur,status,check_status,check_code,last_chk,',
  'k8s_api_ready,cp1,3,UP,L7OK,200,HTTP status check returned code <200>,',
  'k8s_api_ready,cp2,0,NOLB,L7OKC,500,Layer7 check conditionally passed,',
].join('\n');

function since(last_transition: unknown): number | undefined {
  const data = { iname: 'A', state: 2, effective_priority: 1, vrid: 1, adver_int: 1, last_transition };
  const { instances } = node(line('instances', JSON.stringify([{ data }])));
  return instances.known ? instances.value[0]?.sinceMs : -1;
}

function ran(age: string) {
  return node(line('service:keepalived', `ActiveState=active\nMainPID=7\n${age}`)).keepalived;
}

const links = JSON.stringify([
  { ifname: 'lo', addr_info: [{ local: '172.16.100.100', prefixlen: 32 }] },
  { ifname: 'eth0', address: '02:00:00:00:00:01', addr_info: [{ local: '172.16.217.171', prefixlen: 16 }] },
]);

function addressesOf({ addresses }: ReturnType<typeof node>): readonly string[] {
  return addresses.known ? addresses.value.map(({ address }) => address) : ['unknown'];
}

describe('connections that go on after a planned move', () => {
  test('are counted, and their address is not taken for one that the node holds', () => {
    const seen = node(line('clock', '60000'), line('addresses', links), line('kept:172.16.100.100', '37 12\n'));
    expect(seen.kept).toEqual({ '172.16.100.100': { connections: 37, ageMs: 12_000 } });
    expect(addressesOf(seen)).toEqual(['172.16.217.171']);
  });

  test('are those that were there before the addresses were read, or after: they begin and end meanwhile', () => {
    const [before, after] = [line('kept-before:172.16.100.100', '37 12\n'), line('kept:172.16.100.100', '36 12\n')];
    for (const said of [[before], [after], [before, line('kept:172.16.100.100', '')]])
      expect(addressesOf(node(line('addresses', links), ...said))).toEqual(['172.16.217.171']);
    expect(node(before, after).kept['172.16.100.100']?.connections).toBe(36);
  });

  test('are none where the node says nothing that can be read: then the address counts', () => {
    for (const said of ['', '37', 'many 12', '-1 12', '37 12 x'])
      expect(addressesOf(node(line('addresses', links), line('kept:172.16.100.100', said)))).toHaveLength(2);
    expect(node(line('kept:__proto__', '37 12')).kept).toEqual({});
  });
});

describe('an observation', () => {
  test('carries any content through unharmed', () => {
    assert(
      property(string(), integer({ min: 0, max: 255 }), (text, rc) => {
        const sections = parseSections(encoded(line('x', text, rc), line('y', 'after it')));
        expect(sections.get('x')).toEqual({ rc, text });
        expect(sections.get('y')).toEqual({ rc: 0, text: 'after it' });
      }),
    );
  });

  test('finds its way past bytes that are no text', () => {
    const bytes = Buffer.concat([Buffer.from('x 0 2\n'), Buffer.from([0xff, 0xc3]), Buffer.from('\ny 0 1\n1\n')]);
    expect(parseSections(bytes.toString('base64')).get('y')).toEqual({ rc: 0, text: '1' });
  });

  test('has nothing of a section that was cut off', () => {
    expect([...parseSections(Buffer.from('x 0 1\n1\ny 0 9\nhalf').toString('base64')).keys()]).toEqual(['x']);
  });

  test('never makes up what it did not read', () => {
    const seen = node();
    expect(seen.addresses.known).toBe(false);
    expect(seen.instances.known).toBe(false);
    expect(seen.servers.known).toBe(false);
    expect(seen.haproxyConfig.known).toBe(false);
    expect(seen.writable.known).toBe(false);
    expect(seen.haproxy.active).toBe('unknown');
  });

  test('tells a program that is not installed from one that could not be asked', () => {
    const seen = node(line('keepalived', '', 127), line('haproxy', 'cannot allocate memory', 1));
    expect(seen.programs.keepalived).toEqual({ known: true, value: undefined });
    expect(seen.programs.haproxy).toEqual({ known: false, reason: 'cannot allocate memory' });
  });

  test('tells how long a service has run only where the node told it', () => {
    expect(ran('K8S_HA_AGE=312\n').ageMs).toBe(3120);
    expect(ran('').ageMs).toBeUndefined();
  });

  test('reads HAProxy’s statistics by the names in their header', () => {
    expect(node(line('servers', stat)).servers).toEqual({
      known: true,
      value: [
        {
          backend: 'k8s_api_ready',
          server: 'cp1',
          status: 'UP',
          sessions: 3,
          lastCheck: 'L7OK 200 HTTP status check returned code <200>',
          checkCode: 200,
        },
        {
          backend: 'k8s_api_ready',
          server: 'cp2',
          status: 'NOLB',
          sessions: 0,
          lastCheck: 'L7OKC 500 Layer7 check conditionally passed',
          checkCode: 500,
        },
      ],
    });
    expect(node(line('servers', 'Unknown command')).servers.known).toBe(false);
  });

  test('reads keepalived’s dump of 2.2 and of 2.3, and says when it is cut off', () => {
    const instance = {
      data: {
        iname: 'K8S_API_1',
        state: 2,
        effective_priority: 254,
        vrid: 63,
        adver_int: 0.09,
        vips: ['172.16.100.100 dev eth0 scope global set'],
      },
    };
    const expected = {
      known: true,
      value: [
        {
          name: 'K8S_API_1',
          state: 'MASTER',
          priority: 254,
          virtualRouterId: 63,
          addresses: ['172.16.100.100'],
          advertIntervalMs: 90,
        },
      ],
    };
    expect(node(line('instances', JSON.stringify([instance]))).instances).toEqual(expected);
    expect(node(line('instances', JSON.stringify({ vrrp: [instance] }))).instances).toEqual(expected);
    expect(node(line('instances', '[{"data": {"inam')).instances.known).toBe(false);
  });

  test('knows since when an instance is in its state where keepalived says it, and takes no nonsense for a time', () => {
    expect(since(1_700_000_000.25)).toBe(1_700_000_000_250);
    for (const odd of [0, -5, 1e15, 'yesterday', null]) expect(since(odd), String(odd)).toBeUndefined();
  });

  test('keeps files as they are, to the last newline', () => {
    const [file] = node(line('file:/etc/k8s-ha/x', '640 root:root\nline\n\n.')).files;
    expect(file).toEqual({ path: '/etc/k8s-ha/x', mode: 0o640, owner: 'root:root', content: 'line\n\n' });
  });

  test('knows who listens, on both families', () => {
    const text = 'LISTEN 0 4096 *:7443 *:* users:(("nginx",pid=9,fd=6))\nLISTEN 0 128 [::]:22 [::]:*';
    expect(node(line('listeners', text)).listeners).toEqual({
      known: true,
      value: [
        { address: '*', port: 7443, program: 'nginx' },
        { address: '[::]', port: 22, program: 'unknown' },
      ],
    });
  });

  test('measures the clock with its error', () => {
    expect(node(line('clock', '6005')).clock).toEqual({ known: true, value: { offsetMs: 5000, errorMs: 5 } });
  });
});

const unwalled = { firewall: 'none', closingChains: [], vrrpListens: false, network: 'none', netplan: false };

function said(text: string) {
  return node(line('reach', ''), line('firewall', text)).reach;
}

function vrrp(text: string) {
  return node(line('reach', text), line('firewall', '')).reach?.vrrp;
}

describe('what a node reaches of the others', () => {
  test('tells its firewall, the chains that close it, and what manages its network', () => {
    expect(said('firewalld\ncloses inet mine input\nnetwork NetworkManager\n')).toEqual({
      ...unwalled,
      firewall: 'firewalld',
      network: 'NetworkManager',
      answers: {},
    });
    expect(said('closes inet filter input\nvrrp listens\nnetwork systemd-networkd\nnetwork netplan')).toEqual({
      firewall: 'nftables',
      closingChains: ['inet filter input'],
      vrrpListens: true,
      network: 'systemd-networkd',
      netplan: true,
      answers: {},
    });
    expect(said('closes ip filter INPUT')).toMatchObject({ firewall: 'iptables' });
    // What a node says ends in a command that a person copies.
    expect(said('closes inet filter input;reboot\ncloses inet a $(reboot)\nnetwork pf')).toEqual({
      ...unwalled,
      answers: {},
    });
  });

  test('tells what became of VRRP, where it was tried', () => {
    expect(vrrp('172.16.217.172:7444 open\nvrrp 172.16.217.172 open')).toBeUndefined();
    expect(vrrp('vrrp tried\nvrrp 172.16.217.172 open\nvrrp FD17:216:0::173 none\nvrrp $(x) open')).toEqual({
      '172.16.217.172': 'open',
      'fd17:216::173': 'none',
    });
  });

  test('tells whether what apply opened is open', () => {
    expect(node().firewall).toBeUndefined();
    expect(node(line('opened', 'ufw 0123456789ab')).firewall).toEqual({
      by: 'ufw',
      loaded: { known: true, value: '0123456789ab' },
    });
    expect(node(line('opened', 'firewalld -')).firewall).toEqual({
      by: 'firewalld',
      loaded: { known: true, value: undefined },
    });
    expect(node(line('opened', '', 124)).firewall).toEqual({
      by: 'other',
      loaded: { known: false, reason: 'it ended with 124' },
    });
    expect(node(line('opened', 'ufw ../../etc')).firewall?.loaded.known).toBe(false);
  });

  test('is read line by line, in one spelling, without what is neither an address nor an answer', () => {
    const lines =
      '172.16.217.172:7444 none\n[FD17:216:0::172]:7443 refused\n$(reboot):1 open\n172.16.217.172:7443 perhaps\n';
    expect(node(line('reach', lines), line('firewall', 'ufw')).reach).toEqual({
      ...unwalled,
      firewall: 'ufw',
      answers: { '172.16.217.172:7444': 'none', '[fd17:216::172]:7443': 'refused' },
    });
  });

  test('is absent where it was not asked, or there is nothing to ask with', () => {
    expect(node().reach).toBeUndefined();
    expect(node(line('reach', '', 127)).reach).toBeUndefined();
    expect(node(line('reach', ''), line('firewall', 'pf')).reach).toEqual({ ...unwalled, answers: {} });
  });
});
