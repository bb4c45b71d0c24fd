import { leverText } from '../../../src/node/lever.ts';
import { keptLever, paths } from '../../../src/node/paths.ts';
import type { FileText, LeverIntent, ServiceVerb, StepIntent } from '../../../src/node/intent.ts';
import { longPem } from '../certificates.ts';
import { carryOutAct } from './former.ts';
import {
  contentOf,
  isOptional,
  isPlaced,
  loadFirewall,
  loadGuard,
  readUnits,
  reload,
  start,
  stop,
  write,
  type Service,
  type SimNode,
} from './node.ts';

/** How a command ended on a simulated node. */
export interface Ending {
  readonly rc: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

const done: Ending = { rc: 0 };

export function refused(stderr: string, rc = 1): Ending {
  return { rc, stderr };
}

const staged = (path: string): string => `${path}.k8s-ha-new`;

/** Does to a simulated node what a guarded step's shell does to a real one. */
export function carryOut(node: SimNode, step: StepIntent, nowMs: number): Ending {
  if (node.faults.has('full') && ['stage', 'place', 'restore', 'install'].includes(step.kind))
    return refused('cat: write error: No space left on device');
  switch (step.kind) {
    case 'install':
      if (node.faults.has('install')) return refused('E: Unable to locate package');
      for (const name of step.packages) node.packages.set(name, node.available.get(name)?.[0] ?? '1.0-1');
      return done;
    case 'get-image':
      return done;
    case 'issue-certificate':
      if (!node.files.has('/etc/kubernetes/pki/ca.key')) return refused('Could not read CA private key');
      write(node, step.path, `${longPem}-----BEGIN PRIVATE KEY-----\n`, 0o600);
      return done;
    case 'set-versions':
      if (node.faults.has('install')) return refused('E: Unable to locate package');
      for (const { name, version } of step.packages) node.packages.set(name, version);
      return done;
    case 'stage':
      for (const { path, mode, content } of step.files) write(node, staged(path), content, mode);
      return done;
    case 'validate':
      return node.faults.has('validate') ? refused('[ALERT] parsing error') : done;
    case 'unstage':
      for (const path of node.files.keys()) if (path.endsWith('.k8s-ha-new')) node.files.delete(path);
      return done;
    case 'place':
      return place(node, step);
    case 'activate':
      return activate(node, step, nowMs);
    case 'lever':
      setLever(node, step.change);
      return done;
    case 'maintenance':
      setLever(node, { lever: paths.drain, pull: step.pull });
      if (step.pull) write(node, paths.drainKept, `${leverText(step.pull)}\n`);
      else node.files.delete(paths.drainKept);
      return done;
    case 'keep':
      if (node.faults.has('keep')) return refused('Error: Could not process rule: Operation not supported');
      if (step.does === 'begin') for (const vip of step.vips) if (node.vips.has(vip)) node.kept.set(vip, nowMs);
      return done;
    case 'retire':
      stop(node, 'keepalived');
      node.services.keepalived.enabled = false;
      return done;
    case 'restore':
      return restore(node, step, nowMs);
    case 'migrate':
      for (const act of step.acts) {
        if (act.act === 'lever') setLever(node, act.change);
        else if (!carryOutAct(node, act, nowMs)) return refused('Job failed');
      }
      return done;
    default:
      return remove(node);
  }
}

function setLever(node: SimNode, { lever, pull }: LeverIntent): void {
  write(node, lever, `${leverText(pull)}\n`);
  if (!pull && lever !== paths.drain) node.files.delete(keptLever(lever));
}

function keepLever(node: SimNode, change: LeverIntent): void {
  setLever(node, change);
  if (change.pull) write(node, keptLever(change.lever), `${leverText(change.pull)}\n`);
}

/** What a rollback goes back to: every file that is in place, as it is. */
function place(node: SimNode, { stamp, about, writes, deletes }: Extract<StepIntent, { kind: 'place' }>): Ending {
  const entry = `${paths.history}/${stamp}`;
  const kept = Array.from(node.files).filter(([path]) => isPlaced(path) && !path.endsWith('.k8s-ha-new'));
  for (const [path, file] of kept) node.files.set(`${entry}${path}`, file);
  write(node, `${entry}/about`, `${about}\n`);
  for (const path of writes) {
    const file = node.files.get(staged(path));
    if (!file) return refused(`mv: cannot stat '${staged(path)}'`);
    node.files.set(path, file);
    node.files.delete(staged(path));
  }
  for (const path of deletes) node.files.delete(path);
  return done;
}

function activate(
  node: SimNode,
  {
    levers,
    enable,
    haproxy,
    keepalived,
    addons,
    snapshots,
    guard,
    firewall,
  }: Extract<StepIntent, { kind: 'activate' }>,
  nowMs: number,
): Ending {
  for (const lever of levers) keepLever(node, lever);
  if (enable.length > 0) {
    if (haproxy === 'restart') stop(node, 'haproxy');
    if (keepalived === 'restart') stop(node, 'keepalived');
    readUnits(node);
    for (const service of enable) node.services[service].enabled = true;
  }
  if (guard) loadGuard(node);
  if (firewall) loadFirewall(node);
  return tell(node, 'haproxy', haproxy, nowMs) &&
    tell(node, 'keepalived', keepalived, nowMs) &&
    tell(node, 'addons', addons, nowMs) &&
    tell(node, 'snapshots', snapshots ?? 'none', nowMs)
    ? done
    : refused('Job for k8s-ha-haproxy.service failed');
}

/** `systemctl VERB UNIT`. */
function tell(node: SimNode, service: Service, verb: ServiceVerb, nowMs: number): boolean {
  if (verb === 'none') return true;
  if (node.faults.has('activate')) return false;
  if (verb === 'stop') {
    stop(node, service);
    node.services[service].enabled = false;
    return true;
  }
  if (isOptional(service)) {
    readUnits(node);
    node.services[service].enabled = true;
  }
  if (verb === 'reload' && !isOptional(service)) return reload(node, service, nowMs);
  if (node.services[service].active) stop(node, service);
  return start(node, service, nowMs);
}

function restore(
  node: SimNode,
  { levers, files, services, guard, firewall }: Extract<StepIntent, { kind: 'restore' }>,
  nowMs: number,
): Ending {
  for (const lever of levers) keepLever(node, { lever, pull: undefined });
  for (const { path, before } of files) putBack(node, path, before);
  if (guard) loadGuard(node);
  if (firewall) loadFirewall(node);
  for (const { service, wasRunning, action } of services) if (wasRunning && action !== 'reload') stop(node, service);
  readUnits(node);
  for (const { service, wasRunning, action } of services) {
    if (!wasRunning) {
      stop(node, service);
      node.services[service].enabled = false;
    } else if (!(action === 'reload' ? reload(node, service, nowMs) : start(node, service, nowMs)))
      return refused('Job failed');
  }
  return done;
}

function putBack(node: SimNode, path: string, before: FileText | undefined): void {
  if (before) write(node, path, before.content, before.mode);
  else node.files.delete(path);
}

function remove(node: SimNode): Ending {
  for (const service of ['snapshots', 'addons', 'keepalived', 'haproxy'] as const) {
    stop(node, service);
    node.services[service].enabled = false;
    node.services[service].loaded = '';
  }
  for (const path of node.files.keys())
    if (/^\/(etc|run|var\/lib)\/k8s-ha\//.test(path) || path.startsWith('/etc/systemd/system/k8s-ha-'))
      node.files.delete(path);
  node.guard = undefined;
  node.opened = undefined;
  node.kept.clear();
  readUnits(node);
  return done;
}

/** What the history of a node has: as the script of `readHistory` prints it. */
export function historyFiles(node: SimNode): readonly string[] {
  return [...node.files.keys()].filter((path) => path.startsWith(`${paths.history}/`) && contentOf(node, path) !== '');
}
