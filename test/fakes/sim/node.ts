import { createHash } from 'node:crypto';
import { readOnce } from '../../../src/core/read-once.ts';
import { shapeOf, type Shape } from '../../../src/render/shape.ts';
import { etcDir, keptLever, leverName, paths, runDir, yieldFile } from '../../../src/node/paths.ts';
import { pkiFiles } from '../certificates.ts';
import type { SimFormer } from './former.ts';
import { bootMachine, copyOfMachine, forget, loseMachine, simMachine, type SimMachine } from './machine.ts';

/** A simulated machine: its files, services and addresses, and what is wrong with it. */
export interface SimNode {
  readonly name: string;
  address: string;
  mac: string;
  /** Has power. */
  up: boolean;
  /** The operator's ssh gets there. */
  reachable: boolean;
  /** By path; /run is empty after a reboot. */
  readonly files: Map<string, SimFile>;
  /** Its /etc/os-release, and the package managers that it has; Debian 12's when absent. */
  system?: { readonly osRelease: string; readonly managers: string };
  /** Programs by the version that is installed. */
  readonly packages: Map<string, string>;
  /** Versions that its package sources have, newest last. */
  readonly available: Map<string, readonly string[]>;
  readonly services: Record<Service, SimService>;
  /** Units as systemd has read them. */
  readonly units: Map<string, string>;
  /** Rules of the guard that the kernel has; gone after a reboot. */
  guard: string | undefined;
  /** What `firewall: manage` opened in a firewalld that every simulated node has; it stays over a reboot. */
  opened: string | undefined;
  /** Addresses that keepalived put on the interface. */
  readonly vips: Set<string>;
  /** VIPs on the loopback interface, whose connections go on through this node, and when each began. */
  readonly kept: Map<string, number>;
  /** Somebody else's programs by their units, and the addresses that their keepalived put on the interface. */
  readonly formers: Map<string, SimFormer>;
  readonly formerVips: Set<string>;
  /** State of each VRRP instance, by name. */
  readonly instances: Map<string, SimInstance>;
  /** The API server answers /readyz with 200. */
  apiReady: boolean;
  /** What drills break, and what systemd does by itself. */
  readonly machine: SimMachine;
  /** Servers that its HAProxy was told to send no connections to. */
  readonly drainedServers: Set<string>;
  /** Servers that its HAProxy was told not to check. */
  readonly uncheckedServers: Set<string>;
  /** What the node refuses: see `SimFault`. */
  readonly faults: Set<SimFault>;
}

/**
 * validate: its haproxy or keepalived refuses new files. full: nothing can be written. activate: systemctl fails.
 * gate: HAProxy does not come up with a new configuration. keepalived-silent: keepalived does not dump its state. keep: its kernel
 * hands on no packets of connections.
 */
export type SimFault =
  'validate' | 'full' | 'activate' | 'gate' | 'keepalived-silent' | 'keep' | 'install' | 'ends-late';

export type Service = 'haproxy' | 'keepalived' | 'addons' | 'snapshots';

/** Units that some clusters have, and that read no configuration. */
export function isOptional(service: Service): service is 'addons' | 'snapshots' {
  return service === 'addons' || service === 'snapshots';
}

export interface SimFile {
  readonly mode: number;
  readonly owner: string;
  readonly content: string;
}

export interface SimService {
  active: boolean;
  enabled: boolean;
  startedMs: number;
  unitRevision: string | undefined;
  /** The configuration that it has read. */
  loaded: string;
  /** The program's version when it was started. */
  version: string;
}

export interface SimInstance {
  state: 'INIT' | 'BACKUP' | 'MASTER' | 'FAULT';
  /** When it last heard a holder, or began to listen. */
  heardMs: number;
  /** The other nodes know a better holder, since when; ended: it may stand by again although they do. */
  refusal?: { readonly sinceMs: number; readonly ended: boolean };
}

export const unitPaths: Readonly<Record<Service, string>> = {
  haproxy: paths.haproxyUnit,
  keepalived: paths.keepalivedUnit,
  addons: '/etc/systemd/system/k8s-ha-addons.service',
  snapshots: '/etc/systemd/system/k8s-ha-etcd-snapshot.timer',
};

export const configPaths = { haproxy: paths.haproxyConfig, keepalived: paths.keepalivedConfig } as const;

export function simNode(index: number, overrides: { readonly name?: string; readonly address?: string } = {}): SimNode {
  return {
    name: overrides.name ?? `cp${index + 1}`,
    address: overrides.address ?? `172.16.217.${171 + index}`,
    mac: `02:00:00:00:00:${(index + 1).toString(16).padStart(2, '0')}`,
    up: true,
    reachable: true,
    files: new Map(pkiFiles),
    packages: new Map([
      ['haproxy', '2.6.12-1'],
      ['keepalived', '2.2.7-1'],
      ['curl', '7.88.1-10'],
      ['socat', '1.7.4-2'],
    ]),
    available: new Map([
      ['haproxy', ['2.6.12-1', '2.6.15-1']],
      ['keepalived', ['2.2.7-1', '2.2.8-1']],
    ]),
    services: { haproxy: stopped(), keepalived: stopped(), addons: stopped(), snapshots: stopped() },
    units: new Map(),
    guard: undefined,
    opened: undefined,
    vips: new Set(),
    kept: new Map(),
    formers: new Map(),
    formerVips: new Set(),
    instances: new Map(),
    apiReady: true,
    machine: simMachine(),
    drainedServers: new Set(),
    uncheckedServers: new Set(),
    faults: new Set(),
  };
}

export function copyOfNode(node: SimNode): SimNode {
  const { haproxy, keepalived, addons, snapshots } = node.services;
  return {
    ...node,
    files: new Map(node.files),
    packages: new Map(node.packages),
    available: new Map(node.available),
    services: {
      haproxy: { ...haproxy },
      keepalived: { ...keepalived },
      addons: { ...addons },
      snapshots: { ...snapshots },
    },
    units: new Map(node.units),
    vips: new Set(node.vips),
    kept: new Map(node.kept),
    formers: new Map(Array.from(node.formers, ([id, former]) => [id, { ...former, heardMs: new Map(former.heardMs) }])),
    formerVips: new Set(node.formerVips),
    instances: new Map(Array.from(node.instances, ([name, instance]) => [name, { ...instance }])),
    drainedServers: new Set(node.drainedServers),
    uncheckedServers: new Set(node.uncheckedServers),
    machine: copyOfMachine(node.machine),
    faults: new Set(node.faults),
  };
}

function stopped(): SimService {
  return { active: false, enabled: false, startedMs: 0, unitRevision: undefined, loaded: '', version: '' };
}

/** Addresses that the node answers for. */
export function vipsOn({ vips, formerVips }: SimNode): ReadonlySet<string> {
  return formerVips.size === 0 ? vips : new Set([...vips, ...formerVips]);
}

/** Our unit takes VIPs off the interface before keepalived starts and after it ended, unless it stands beside another. */
function cleanInterface(node: SimNode): void {
  if (!node.files.has(paths.beside)) node.formerVips.clear();
}

export function contentOf(node: SimNode, path: string): string {
  return node.files.get(path)?.content ?? '';
}

/** Our configuration and units, where they take effect. */
export function isPlaced(path: string): boolean {
  return isPlacedAt(path);
}

const isPlacedAt = readOnce(
  (path) =>
    (path.startsWith(`${etcDir}/`) && !path.includes('/', etcDir.length + 1)) ||
    path.startsWith('/etc/systemd/system/k8s-ha-'),
);

export function write(node: SimNode, path: string, content: string, mode = 0o644): void {
  node.files.set(path, { mode, owner: 'root:root', content });
}

/** What the running keepalived and HAProxy have read of the cluster; undefined where either runs nothing of ours. */
export function loadedShape(node: SimNode): Shape | undefined {
  const haproxy = node.services.haproxy.loaded;
  // HAProxy alone runs on a node that is prepared: its configuration is the other one's that is in place.
  const keepalived = node.services.keepalived.loaded || contentOf(node, paths.keepalivedConfig);
  const before = shapes.get(node);
  if (before?.keepalived === keepalived && before.haproxy === haproxy) return before.shape;
  const shape = shapeOf([
    { path: paths.keepalivedConfig, content: keepalived },
    { path: paths.haproxyConfig, content: haproxy },
  ]);
  shapes.set(node, { keepalived, haproxy, shape });
  return shape;
}

/** Read when it changes: the simulation asks at every step of time. */
const shapes = new WeakMap<
  SimNode,
  { readonly keepalived: string; readonly haproxy: string; readonly shape: Shape | undefined }
>();

export function sha256(content: string): string {
  return sumOf(content);
}

/** Every look asks for those of the same few files. */
const sumOf = readOnce((content) => createHash('sha256').update(content).digest('hex'));

/** `systemctl daemon-reload`. */
export function readUnits(node: SimNode): void {
  for (const path of Object.values(unitPaths)) {
    const content = node.files.get(path)?.content;
    if (content === undefined) node.units.delete(path);
    else node.units.set(path, content);
  }
}

export function start(node: SimNode, service: Service, nowMs: number): boolean {
  const unit = node.units.get(unitPaths[service]);
  if (unit === undefined || node.faults.has('activate')) return false;
  if (!isOptional(service)) forget(node.machine, service);
  const config = isOptional(service) ? '' : contentOf(node, configPaths[service]);
  if (!isOptional(service) && config === '') return false;
  if (service === 'haproxy' && node.faults.has('gate')) {
    Object.assign(node.services.haproxy, { active: false });
    write(node, paths.haproxyDown, '1\n');
    return true;
  }
  Object.assign(node.services[service], {
    active: true,
    startedMs: nowMs,
    unitRevision: /(?:K8S_HA_REVISION=|\(k8s-ha )(\w+)/.exec(unit)?.[1],
    loaded: config,
    version: node.packages.get(service) ?? '',
  });
  if (service === 'haproxy') {
    write(node, paths.haproxyDown, '0\n');
    node.drainedServers.clear();
    node.uncheckedServers.clear();
  }
  if (service === 'keepalived') {
    for (const [path, kept] of node.files)
      if (path === paths.drainKept || path.startsWith(keptLever(yieldFile(''))))
        write(node, `${runDir}/${leverName(path)}`, kept.content);
    loadGuard(node);
    node.instances.clear();
    node.vips.clear();
    cleanInterface(node);
  }
  return true;
}

export function stop(node: SimNode, service: Service): void {
  if (!isOptional(service)) forget(node.machine, service);
  const wasActive = node.services[service].active;
  node.services[service].active = false;
  if (service === 'haproxy') write(node, paths.haproxyDown, '1\n');
  if (service === 'keepalived' && wasActive) goodbye(node);
}

/** What the unit and a rollout do: the rules of the file, or none. */
export function loadGuard(node: SimNode): void {
  node.guard = node.files.get(paths.guard)?.content;
}

/** The firewall is opened as the file in place says, or closed. */
export function loadFirewall(node: SimNode): void {
  node.opened = node.files.get(paths.firewall)?.content;
}

/** SIGHUP: the same process reads its configuration again. */
export function reload(node: SimNode, service: 'haproxy' | 'keepalived', nowMs: number): boolean {
  const running = node.services[service];
  if (!running.active) return start(node, service, nowMs);
  if (service === 'haproxy' && node.faults.has('gate')) return true;
  const before = loadedShape(node)?.instances ?? [];
  running.loaded = contentOf(node, configPaths[service]);
  if (service === 'haproxy') {
    // Its master restarts itself, from the program that is installed.
    running.version = node.packages.get(service) ?? '';
    return true;
  }
  const now = loadedShape(node)?.instances ?? [];
  for (const was of before) {
    const same = now.find(({ name }) => name === was.name);
    // Another identity is another instance: it starts over, and what it held it gives up.
    if (same?.virtualRouterId === was.virtualRouterId && same.address === was.address) continue;
    node.instances.delete(was.name);
    node.vips.delete(was.address);
  }
  return true;
}

/** keepalived ends as it should: its peers are told, and its addresses go. */
function goodbye(node: SimNode): void {
  cleanInterface(node);
  node.vips.clear();
  node.instances.clear();
}

export function powerOff(node: SimNode): void {
  node.up = false;
  node.kept.clear();
  loseMachine(node.machine);
  node.guard = undefined;
  for (const service of Object.values(node.services)) service.active = false;
  node.vips.clear();
  node.instances.clear();
  for (const path of node.files.keys()) if (path.startsWith('/run/')) node.files.delete(path);
}

export function powerOn(node: SimNode, nowMs: number): void {
  node.up = true;
  bootMachine(node.machine);
  readUnits(node);
  for (const service of ['haproxy', 'keepalived', 'addons', 'snapshots'] as const)
    if (node.services[service].enabled) start(node, service, nowMs);
}
