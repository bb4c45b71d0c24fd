import type { ClusterSpec, NodeSpec, VirtualIpSpec } from '../../src/cluster/spec.ts';
import { assumedFacts, type Timers } from '../../src/cluster/timers.ts';
import { solveSpec } from '../../src/predict/solve.ts';

const noSsh = { options: {} };

function node(index: number): NodeSpec {
  return {
    name: `cp${index + 1}`,
    address: `172.16.217.${171 + index}`,
    family: 'ipv4',
    priority: 254 - 20 * index,
    ssh: noSsh,
  };
}

function vip(index: number): VirtualIpSpec {
  return {
    address: `172.16.100.${100 + index}`,
    family: 'ipv4',
    instance: `K8S_API_${index + 1}`,
    virtualRouterId: 51 + index,
  };
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

/** A complete specification with the tutorial's addresses, for tests that do not want to go through a file. */
export function fakeSpec(
  overrides: Partial<ClusterSpec> = {},
  { nodes = 3, vips = 2 }: { nodes?: number; vips?: number } = {},
): ClusterSpec {
  return {
    name: 'tutorial',
    endpoint: { virtualIPs: times(vips, vip), port: 7443 },
    nodes: times(nodes, node),
    workers: [],
    kubernetes: { kubeProxy: true, coreDNS: true, workerBalancer: 'vip', ignorePreflightErrors: [] },
    apiServer: {
      port: 6443,
      caFile: '/etc/kubernetes/pki/ca.crt',
      healthPath: '/readyz',
      healthAuth: 'anonymous',
      clientCaFile: '/etc/kubernetes/pki/ca.crt',
      clientCaKeyFile: '/etc/kubernetes/pki/ca.key',
      tlsServerName: 'kubernetes',
    },
    etcd: { mode: 'stacked', clientPort: 2379, peerPort: 2380 },
    failover: {
      targetMs: 500,
      fencing: nodes >= 3,
      preempt: false,
      tellClients: false,
      keepConnections: false,
      timers: {},
    },
    ssh: noSsh,
    runtime: 'systemd',
    images: {},
    haproxy: { extra: '' },
    keepalived: { extra: '' },
    firewall: 'off',
    guard: 'macs',
    ...overrides,
  };
}

/** The timers of that specification with Debian 12's keepalived. */
export const fakeTimers: Timers = timersFor(fakeSpec());

function timersFor(spec: ClusterSpec): Timers {
  const solved = solveSpec(spec, [assumedFacts]);
  if (!solved.ok) throw new Error('the specification has no timers');
  return solved.value.timers;
}
