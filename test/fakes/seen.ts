import type { ClusterState, InstanceSeen, NodeSeen, NodeState } from '../../src/cluster/state.ts';
import { known, unknown } from '../../src/core/observed.ts';
import type { NodeFileSet } from '../../src/render/render.ts';

/** A fresh Debian 12 node: nothing of ours on it. */
export function freshNode(index = 0, overrides: Partial<NodeSeen> = {}): NodeSeen {
  return {
    os: 'Debian GNU/Linux 12 (bookworm)',
    systemd: true,
    packageManager: 'apt',
    programs: {
      keepalived: known([2, 2, 7]),
      haproxy: known([2, 6, 12]),
      curl: known([7, 88, 1]),
      socat: known([0, 0, 0]),
    },
    addresses: known([
      {
        interface: 'eth0',
        mac: `02:00:00:00:00:0${index + 1}`,
        address: `172.16.217.${171 + index}`,
        prefixLength: 16,
      },
    ]),
    macs: { eth0: `02:00:00:00:00:0${index + 1}` },
    guard: { able: known(true), loaded: undefined, dropped: 0 },
    kept: {},
    nofile: 524_288,
    caPresent: true,
    caDigest: undefined,
    writable: known(true),
    freeKiB: known(1_000_000),
    files: [],
    haproxy: { active: 'inactive', enabled: false, ageMs: undefined, unitRevision: undefined },
    keepalived: { active: 'inactive', enabled: false, ageMs: undefined, unitRevision: undefined },
    addons: { active: 'inactive', enabled: false, ageMs: undefined, unitRevision: undefined },
    snapshots: { active: 'inactive', enabled: false, ageMs: undefined, unitRevision: undefined, failed: false },
    haproxyConfig: unknown('HAProxy does not run'),
    keepalivedConfig: unknown('no such file'),
    livez: unknown('HAProxy does not run'),
    instances: unknown('keepalived does not run'),
    servers: unknown('HAProxy does not run'),
    clients: unknown('HAProxy does not run'),
    levers: {},
    lock: undefined,
    kubernetes: unknown('not asked'),
    listeners: known([]),
    neighbours: {},
    dns: unknown('not asked'),
    clock: known({ offsetMs: 0, errorMs: 5 }),
    ...overrides,
  };
}

/** The fake specification's VRRP instances, as keepalived tells of them. */
export function instanceSeen(place: number, overrides: Partial<InstanceSeen> = {}): InstanceSeen {
  return {
    name: `K8S_API_${place}`,
    state: 'BACKUP',
    priority: 254,
    virtualRouterId: 50 + place,
    addresses: [`172.16.100.${99 + place}`],
    advertIntervalMs: 100,
    ...overrides,
  };
}

/** A node that runs exactly a file set, and holds the given VIPs. */
export function settledNode(
  index: number,
  set: NodeFileSet,
  vips: readonly string[] = [],
  overrides: Partial<NodeSeen> = {},
): NodeSeen {
  return freshNode(index, {
    files: set.files.map(({ path, mode, content }) => ({ path, mode, content, owner: 'root:root' })),
    haproxy: { active: 'active', enabled: true, ageMs: 60_000, unitRevision: set.haproxyUnitRevision },
    keepalived: {
      active: 'active',
      enabled: true,
      ageMs: 60_000,
      unitRevision: set.keepalivedUnitRevision,
      hearsLevers: true,
    },
    haproxyConfig: known(set.haproxyConfigRevision),
    guard: { able: known(true), loaded: set.guardRevision, dropped: 0 },
    ...(set.firewallRevision !== undefined && {
      firewall: { by: 'firewalld' as const, loaded: known(set.firewallRevision) },
    }),
    keepalivedConfig: known(set.keepalivedConfigRevision),
    livez: known(200),
    instances: known([instanceSeen(1), instanceSeen(2)]),
    clients: known({ current: 12, limit: 9285 }),
    servers: known(
      [1, 2, 3].map((n) => ({
        backend: 'k8s_api_ready',
        server: `cp${n}`,
        status: 'UP',
        sessions: 0,
        lastCheck: 'L7OK 200',
      })),
    ),
    levers: {},
    listeners: known([{ address: '*', port: 7443, program: 'haproxy' }]),
    addresses: known([
      {
        interface: 'eth0',
        mac: `02:00:00:00:00:0${index + 1}`,
        address: `172.16.217.${171 + index}`,
        prefixLength: 16,
      },
      ...vips.map((address) => ({ interface: 'eth0', mac: `02:00:00:00:00:0${index + 1}`, address, prefixLength: 32 })),
    ]),
    ...overrides,
  });
}

export function stateOf(...nodes: readonly (NodeSeen | string)[]): ClusterState {
  return {
    nodes: nodes.map((seen, i): NodeState => ({
      node: `cp${i + 1}`,
      seen: typeof seen === 'string' ? unknown(seen) : known(seen),
    })),
  };
}
