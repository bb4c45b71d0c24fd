import type { ClusterSpec } from '../../src/cluster/spec.ts';
import { assumedFacts, type NodeFacts } from '../../src/cluster/timers.ts';
import { fakeSpec } from '../fakes/spec.ts';

interface GoldenCase {
  readonly name: string;
  readonly spec: ClusterSpec;
  readonly facts: NodeFacts;
}

const ipv6: ClusterSpec = fakeSpec(
  {
    name: 'ipv6',
    endpoint: {
      port: 7443,
      virtualIPs: [{ address: 'fd00::100', family: 'ipv6', instance: 'K8S_API_1', virtualRouterId: 60 }],
    },
    nodes: [1, 2, 3].map((n) => ({
      name: `cp${n}`,
      address: `fd00::${n}`,
      family: 'ipv6',
      priority: 274 - 20 * n,
      ssh: { options: {} },
    })),
  },
  {},
);

const dual: ClusterSpec = fakeSpec({
  name: 'dual',
  endpoint: {
    port: 7443,
    virtualIPs: [
      { address: '172.16.100.100', family: 'ipv4', instance: 'K8S_API_1', virtualRouterId: 60 },
      { address: 'fd17:216::100', family: 'ipv6', instance: 'K8S_API_2', virtualRouterId: 61 },
    ],
  },
  nodes: fakeSpec().nodes.map((node, i) => ({ ...node, secondAddress: `fd17:216::${171 + i}` })),
});

const podmanImages = { haproxy: 'a'.repeat(64), keepalived: 'a'.repeat(64) };

/** A node that has no client certificate yet. */
const { healthCert: _, ...withoutCert } = assumedFacts;

/** The configurations whose files are kept in test/golden/, each also judged by the real programs. */
export const goldenCases: readonly GoldenCase[] = [
  { name: 'tutorial', spec: fakeSpec(), facts: assumedFacts },
  {
    name: 'etcd-snapshots',
    spec: fakeSpec({ etcd: { ...fakeSpec().etcd, snapshots: { everyMs: 21_600_000, keep: 8 } } }),
    facts: assumedFacts,
  },
  { name: 'five-nodes', spec: fakeSpec({ name: 'five' }, { nodes: 5, vips: 1 }), facts: assumedFacts },
  { name: 'single-node', spec: fakeSpec({ name: 'single' }, { nodes: 1, vips: 1 }), facts: assumedFacts },
  { name: 'before-kubeadm', spec: fakeSpec(), facts: { ...assumedFacts, caPresent: false } },
  { name: 'small-nofile', spec: fakeSpec(), facts: { ...assumedFacts, nofile: 4096 } },
  { name: 'ipv6', spec: ipv6, facts: assumedFacts },
  { name: 'dual-stack', spec: dual, facts: assumedFacts },
  { name: 'firewall', spec: { ...dual, firewall: 'manage' }, facts: assumedFacts },
  {
    name: 'preempt-and-extra',
    spec: fakeSpec({
      failover: {
        targetMs: 500,
        fencing: false,
        preempt: true,
        tellClients: false,
        keepConnections: false,
        timers: {},
      },
      haproxy: { extra: 'listen extra\n    bind 127.0.0.1:8404\n    mode http\n    stats enable\n' },
      keepalived: { extra: 'vrrp_sync_group ALL {\n    group {\n        K8S_API_1\n        K8S_API_2\n    }\n}\n' },
    }),
    facts: assumedFacts,
  },
  {
    name: 'keepalived-2.2.4',
    spec: fakeSpec(),
    facts: { ...assumedFacts, keepalived: [2, 2, 4], haproxy: [2, 4, 24] },
  },
  {
    name: 'ubuntu-24.04',
    spec: fakeSpec(),
    facts: { ...assumedFacts, keepalived: [2, 2, 8], haproxy: [2, 8, 5] },
  },
  {
    name: 'rhel-9',
    spec: fakeSpec(),
    facts: { ...assumedFacts, keepalived: [2, 2, 8], haproxy: [2, 4, 22], ip: '/usr/sbin/ip' },
  },
  {
    name: 'guard-macs',
    spec: dual,
    // One of them has an interface whose hardware address may change.
    facts: { ...assumedFacts, macs: { cp1: '02:00:00:00:00:01', cp2: '02:00:00:00:00:02' } },
  },
  {
    name: 'tell-clients',
    spec: { ...dual, failover: { ...dual.failover, tellClients: true } },
    facts: assumedFacts,
  },
  {
    name: 'keep-connections',
    spec: { ...dual, failover: { ...dual.failover, keepConnections: true } },
    facts: assumedFacts,
  },
  { name: 'guard-addresses', spec: fakeSpec({ guard: 'addresses' }), facts: assumedFacts },
  { name: 'guard-off', spec: fakeSpec({ guard: 'off' }), facts: assumedFacts },
  {
    name: 'hmac',
    spec: fakeSpec({}, { vips: 1 }),
    facts: { ...assumedFacts, keepalived: [2, 4, 2], hmac: { mode: 'permissive', key: 'c3'.repeat(32) } },
  },
  {
    name: 'hardened',
    spec: fakeSpec({ apiServer: { ...fakeSpec().apiServer, healthAuth: 'certificate' } }, { vips: 1 }),
    facts: { ...assumedFacts, healthCert: { fingerprint: 'd27efa649a3337030fc247fd5180d2e6' } },
  },
  {
    name: 'hardened-before-kubeadm',
    spec: fakeSpec(
      {
        apiServer: {
          ...fakeSpec().apiServer,
          healthAuth: 'certificate',
          clientCaFile: '/etc/kubernetes/pki/client-ca.crt',
          clientCaKeyFile: '/etc/kubernetes/pki/client-ca-key.pem',
        },
      },
      { vips: 1 },
    ),
    facts: { ...withoutCert, caPresent: false },
  },
  {
    name: 'hardened-podman',
    spec: fakeSpec(
      {
        runtime: 'podman',
        apiServer: {
          ...fakeSpec().apiServer,
          healthAuth: 'certificate',
          healthCertFile: '/etc/ssl/private/k8s-ha-health.pem',
          tlsServerName: 'none',
        },
      },
      { vips: 1 },
    ),
    facts: { ...assumedFacts, images: podmanImages },
  },
  { name: 'podman', spec: fakeSpec({ runtime: 'podman' }), facts: { ...assumedFacts, images: podmanImages } },
  {
    name: 'podman-own-images',
    spec: fakeSpec(
      {
        runtime: 'podman',
        images: { haproxy: 'docker.io/library/haproxy:2.6', keepalived: 'registry.example.com/keepalived:2' },
      },
      { vips: 1 },
    ),
    facts: assumedFacts,
  },
];
