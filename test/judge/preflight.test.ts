import { describe, expect, test } from 'vitest';
import type { NodeSeen, ReachSeen } from '../../src/cluster/state.ts';
import { known, unknown } from '../../src/core/observed.ts';
import { preflight } from '../../src/judge/preflight.ts';
import { freshNode, stateOf } from '../fakes/seen.ts';
import { fakeSpec } from '../fakes/spec.ts';

const spec = fakeSpec();

function rulesOf(seen: NodeSeen | string) {
  return preflight(spec, stateOf(seen, freshNode(1), freshNode(2)))
    .filter(({ node }) => node === 'cp1')
    .map(({ rule }) => rule);
}

/** The second address of a node, on an interface. */
function six(index: number, on: string) {
  return {
    interface: on,
    mac: `02:00:00:00:00:0${index + 1}`,
    address: `fd17:216::${171 + index}`,
    prefixLength: 64,
  };
}

/** A node without a firewall that has reached nobody. */
const unwalled: ReachSeen = {
  firewall: 'none',
  closingChains: [],
  vrrpListens: false,
  network: 'none',
  netplan: false,
  answers: {},
};

/** A port of cp1. */
function target(port: number): string {
  return `172.16.217.171:${port}`;
}

function seenBy(answers: ReachSeen['answers']): Partial<NodeSeen> {
  return { reach: { ...unwalled, answers } };
}

/** What is found of closed ports, where the nodes see this. */
function closed(...seen: readonly Partial<NodeSeen>[]) {
  return preflight(spec, stateOf(...[0, 1, 2].map((i) => freshNode(i, seen[i])))).filter(
    ({ rule }) => rule === 'firewall-closed',
  );
}

describe('preflight', () => {
  test('finds nothing on fresh nodes', () => {
    expect(preflight(spec, stateOf(freshNode(0), freshNode(1), freshNode(2)))).toEqual([]);
  });

  test.each<[string, Partial<NodeSeen>]>([
    ['no-systemd', { systemd: false }],
    ['program-missing', { packageManager: 'other', programs: { ...freshNode().programs, haproxy: known(undefined) } }],
    ['program-too-old', { programs: { ...freshNode().programs, keepalived: known([2, 0, 20]) } }],
    ['program-too-old', { programs: { ...freshNode().programs, haproxy: known([2, 2, 9]) } }],
    [
      'node-address-absent',
      { addresses: known([{ interface: 'eth0', mac: 'x', address: '172.16.217.99', prefixLength: 16 }]) },
    ],
    ['vip-taken', { neighbours: { '172.16.100.100': '02:ff:ff:ff:ff:ff' } }],
    ['guard-unavailable', { guard: { able: known(false), loaded: undefined, dropped: 0 } }],
    ['guard-unavailable', { guard: { able: unknown('Operation not supported'), loaded: undefined, dropped: 0 } }],
    ['connections-not-keepable', { keepable: known(false) }],
    ['connections-not-keepable', { keepable: unknown('Operation not supported') }],
    ['mac-seen-otherwise', { neighbours: { '172.16.217.172': '02:ff:ff:ff:ff:ff' } }],
    ['port-taken', { listeners: known([{ address: '0.0.0.0', port: 7443, program: 'nginx' }]) }],
    ['port-taken', { listeners: known([{ address: '*', port: 7444, program: 'haproxy' }]) }],
    ['etc-read-only', { writable: known(false) }],
    ['disk-full', { freeKiB: known(12) }],
    ['inotify-short', { watches: { limit: 128, used: 121 } }],
    ['ca-missing', { caPresent: false }],
    ['clock-off', { clock: known({ offsetMs: -9000, errorMs: 10 }) }],
  ])('finds %s', (rule, overrides) => {
    expect(rulesOf(freshNode(0, overrides))).toContain(rule);
  });

  test('names the ports of a node that others do not reach, and how its firewall is told', () => {
    expect(closed({}, seenBy({ [target(7444)]: 'refused', [target(7443)]: 'open' }))).toEqual([]);
    // What a node reaches of itself says nothing.
    expect(closed(seenBy({ [target(7444)]: 'none' }), {})).toEqual([]);
    expect(closed({}, seenBy({ [target(7444)]: 'none' }), seenBy({ [target(7444)]: 'rejected' }))).toMatchObject([
      { node: 'cp1', severity: 'error', message: 'TCP port 7444 is not reached from cp2, cp3' },
    ]);
    // Refused by a firewall: something does listen there.
    const listening = { listeners: known([{ address: '*', port: 6443, program: 'kube-apiserver' }]) };
    expect(closed(listening, seenBy({ [target(6443)]: 'refused' }))).toMatchObject([{ node: 'cp1' }]);
    const elsewhere = { listeners: known([{ address: '127.0.0.1', port: 6443, program: 'kube-apiserver' }]) };
    expect(closed(elsewhere, seenBy({ [target(6443)]: 'refused' }))).toEqual([]);
    const told = (firewall: 'firewalld' | 'ufw'): string =>
      closed({ reach: { ...unwalled, firewall } }, seenBy({ [target(7443)]: 'rejected' }))[0]?.suggestion ?? '';
    expect(told('ufw')).toContain('ufw allow from 172.16.217.172 to any port 7444 proto tcp && ');
    expect(told('firewalld')).toContain(
      `firewall-cmd --permanent --add-rich-rule='rule family="ipv4" source address="172.16.217.172" protocol value="vrrp" accept'`,
    );
  });

  test('tells of a release whose own packages are too old before it installs them, and of containers', () => {
    const absent: NodeSeen['programs'] = {
      ...freshNode().programs,
      haproxy: known(undefined),
      socat: known(undefined),
    };
    const on = (version: string): readonly string[] =>
      preflight(
        spec,
        stateOf(
          freshNode(0, {
            os: `Rocky Linux ${version}`,
            release: { id: 'rocky', family: 'rhel', version },
            packageManager: 'dnf',
            programs: absent,
          }),
          freshNode(1),
          freshNode(2),
        ),
      ).map(({ rule, severity, message, suggestion }) => `${severity} ${rule}: ${message} ${suggestion ?? ''}`);
    expect(on('8.10')).toEqual([
      'warning package-too-old: haproxy is not installed, and that of Rocky Linux 8.10 is 1.8.27: 2.4.0 or newer is needed Give the node a package source with a newer one, or set `runtime: podman`, which runs newer ones.',
    ]);
    expect(on('9.4')).toEqual([]);
  });

  test('judges what is in the images, and the programs that containers need', () => {
    const inContainers = fakeSpec({ runtime: 'podman', images: { haproxy: 'registry.example.com/haproxy:2.2' } });
    const containers: NonNullable<NodeSeen['containers']> = {
      podman: known([3, 4, 4]),
      crun: known(undefined),
      images: {},
    };
    const programs: NodeSeen['programs'] = {
      ...freshNode().programs,
      haproxy: known([2, 2, 9]),
      keepalived: known(undefined),
    };
    const seen = freshNode(0, { packageManager: 'other', containers, programs });
    const found = preflight(inContainers, stateOf(seen, freshNode(1), freshNode(2)));
    expect(found.filter(({ node }) => node === 'cp1').map(({ rule, message }) => `${rule}: ${message}`)).toEqual([
      'program-too-old: podman 3.4.4 is too old: 4.0.0 or newer is needed',
      `program-missing: crun is not installed, and k8s-ha knows no package manager of ${seen.os}`,
      'program-too-old: haproxy 2.2.9 is too old: 2.4.0 or newer is needed',
    ]);
  });

  test.each<[readonly string[], NodeSeen['dns']]>([
    [[], known(['172.16.100.100', '172.16.100.101'])],
    [['dns-name-unresolved'], unknown('ended with 2')],
    [['dns-name-misses-vip'], known(['172.16.100.101'])],
    [['dns-name-elsewhere'], known(['172.16.100.100', '172.16.100.101', '10.0.0.7'])],
    [['dns-name-elsewhere', 'dns-name-misses-vip'], known(['10.0.0.7'])],
  ])('finds %j about the name of the endpoint', (rules, dns) => {
    const named = { ...spec, endpoint: { ...spec.endpoint, dnsName: 'api.example.com' } };
    const found = preflight(named, stateOf(freshNode(0, { dns }), freshNode(1), freshNode(2)));
    expect(found.filter(({ node }) => node === 'cp1').map(({ rule }) => rule)).toEqual(rules);
  });

  test('finds a VIP outside of every prefix of its interface', () => {
    const addresses = known([{ interface: 'eth0', mac: 'x', address: '172.16.217.171', prefixLength: 24 }]);
    expect(rulesOf(freshNode(0, { addresses }))).toEqual(['vip-outside-prefix', 'vip-outside-prefix']);
  });

  test('takes a node of the cluster that answers for a VIP for no stranger', () => {
    expect(rulesOf(freshNode(0, { neighbours: { '172.16.100.100': '02:00:00:00:00:02' } }))).toEqual([]);
  });

  test('wants the second address on the interface of the first', () => {
    const dual = {
      ...spec,
      nodes: spec.nodes.map((node, i) => ({ ...node, secondAddress: `fd17:216::${171 + i}` })),
    };
    const node = (index: number, ...more: ReturnType<typeof six>[]) => {
      const fresh = freshNode(index);
      return { ...fresh, addresses: known([...(fresh.addresses.known ? fresh.addresses.value : []), ...more]) };
    };
    const findings = preflight(dual, stateOf(node(0, six(0, 'eth0')), node(1, six(1, 'eth1')), node(2)));
    expect(findings.map(({ node: name, rule, message }) => `${name ?? ''} ${rule}: ${message}`)).toEqual([
      'cp2 second-address-absent: fd17:216::172 is on eth1, not on eth0 as 172.16.217.172 is',
      'cp3 second-address-absent: no interface has the address fd17:216::173',
    ]);
  });

  test('takes nobody for a stranger on the wire while a node is unseen: it may be the one that answers', () => {
    const answered = freshNode(0, { neighbours: { '172.16.100.100': '02:00:00:00:00:03' } });
    const rules = preflight(spec, stateOf(answered, freshNode(1), 'no route')).map(({ rule }) => rule);
    expect(rules).toEqual(['node-unreachable']);
  });

  test('says of an unreachable node why it was not seen', () => {
    expect(
      preflight(spec, stateOf('cp1 cannot be reached: No route to host', freshNode(1), freshNode(2))),
    ).toMatchObject([
      { rule: 'node-unreachable', severity: 'error', node: 'cp1', message: 'cp1 cannot be reached: No route to host' },
    ]);
  });
});
