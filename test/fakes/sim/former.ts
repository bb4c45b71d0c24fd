import type { MigrationAct } from '../../../src/node/intent.ts';
import { formerFile } from '../../../src/migrate/look.ts';
import { paths } from '../../../src/node/paths.ts';
import type { Section } from './observation.ts';
import { contentOf, readUnits, reload, start, stop, write, type SimNode } from './node.ts';

/** Somebody else's keepalived or HAProxy, a unit of systemd. */
export interface SimFormer {
  readonly id: 'keepalived.service' | 'haproxy.service';
  active: boolean;
  enabled: boolean;
  /** Another HAProxy can listen on its port beside it; true for a keepalived, which has none. */
  sharesPort: boolean;
  /** VRRP priority, and the VIPs that it is there for. */
  readonly priority: number;
  readonly floats: readonly string[];
  /** When it last heard a holder of a VIP, or began to listen. */
  readonly heardMs: Map<string, number>;
}

/** As long as a keepalived of one-second adverts waits. */
const takeoverMs = 3200;

export function simFormers(node: SimNode, place: number, floats: readonly string[]): void {
  const priority = 100 - place;
  for (const id of ['keepalived.service', 'haproxy.service'] as const)
    node.formers.set(id, { id, active: true, enabled: true, sharesPort: true, priority, floats, heardMs: new Map() });
}

/** Former keepaliveds hear each other, and nobody else. */
export function electFormers(nodes: readonly SimNode[], nowMs: number): void {
  const running = nodes
    .flatMap((node) => {
      const former = node.formers.get('keepalived.service');
      return node.up && former?.active === true ? [{ node, former }] : [];
    })
    .toSorted((a, b) => b.former.priority - a.former.priority);
  for (const { node, former } of running)
    for (const vip of former.floats) {
      const holders = running.filter((other) => other.node.formerVips.has(vip));
      const better = holders.some((other) => other.former.priority > former.priority);
      if (better) node.formerVips.delete(vip);
      if (holders.length > 0 && (better || node.formerVips.has(vip))) former.heardMs.set(vip, nowMs);
      else if (nowMs - (former.heardMs.get(vip) ?? nowMs - takeoverMs) >= takeoverMs) {
        for (const { node: other } of holders) other.formerVips.delete(vip);
        node.formerVips.add(vip);
      }
    }
}

/** One act of a migration's step. @returns false where systemd refuses */
export function carryOutAct(node: SimNode, act: MigrationAct, nowMs: number): boolean {
  switch (act.act) {
    case 'remember':
      write(node, act.path, `${act.text}\n`);
      return true;
    case 'place-config': {
      const staged = `${paths.keepalivedConfig}.k8s-ha-new`;
      const file = node.files.get(staged);
      if (file) node.files.set(paths.keepalivedConfig, file);
      node.files.delete(staged);
      return true;
    }
    case 'unit':
      if (act.beside) write(node, paths.beside, '');
      else node.files.delete(paths.beside);
      readUnits(node);
      return true;
    case 'service':
      return told(node, act, nowMs);
    case 'take-off':
      if (!act.loopback) node.formerVips.clear();
      return true;
    case 'farewell':
      farewell(node);
      return true;
    case 'lever':
      return true;
    default:
      return toldFormers(node, act, nowMs);
  }
}

function told(node: SimNode, { service, verb }: Extract<MigrationAct, { act: 'service' }>, nowMs: number): boolean {
  if (verb === 'enable' || verb === 'disable') node.services[service].enabled = verb === 'enable';
  else if (verb === 'stop') stop(node, service);
  else if (verb === 'reload') return reload(node, service, nowMs);
  else if (verb !== 'none') {
    readUnits(node);
    if (node.services[service].active) stop(node, service);
    const former = node.formers.get('haproxy.service');
    if (service === 'haproxy' && former?.active === true && !former.sharesPort) return false;
    return start(node, service, nowMs);
  }
  return true;
}

function toldFormers(
  node: SimNode,
  { act, formers }: Extract<MigrationAct, { act: 'forbid' | 'stop' | 'quiet' | 'start' }>,
  nowMs: number,
): boolean {
  for (const { id, active, restart } of formers) {
    const former = node.formers.get(id);
    if (!former) return false;
    if (act === 'forbid') former.enabled = false;
    else if (act === 'start') {
      if (active && !former.active) {
        former.active = true;
        for (const vip of former.floats) former.heardMs.set(vip, nowMs);
      }
      if (restart === 'enabled') former.enabled = true;
    } else {
      former.active = false;
      if (id === 'keepalived.service') node.formerVips.clear();
    }
  }
  return true;
}

function farewell(node: SimNode): void {
  write(node, paths.beside, '');
  for (const service of ['snapshots', 'addons', 'keepalived', 'haproxy'] as const) {
    stop(node, service);
    Object.assign(node.services[service], { enabled: false, loaded: '' });
  }
  for (const path of node.files.keys())
    if (/^\/(etc|run|var\/lib)\/k8s-ha\//.test(path) || path.startsWith('/etc/systemd/system/k8s-ha-'))
      node.files.delete(path);
  readUnits(node);
}

/** What the look for another keepalived and HAProxy prints. */
export function foreignSections(node: SimNode): readonly Section[] {
  const listening: string[] = [];
  const found = [...node.formers.values()].flatMap(({ id, active, enabled, floats, sharesPort }, at): Section[] => {
    const program = id.replace('.service', '');
    const pid = 20 + at;
    if (active && program === 'haproxy')
      listening.push(
        `LISTEN 0 4096 0.0.0.0:7443 0.0.0.0:* users:(("haproxy",pid=${pid},fd=7))${sharesPort ? '' : ' uid:99'} ino:1 sk:1`,
      );
    const config =
      program === 'haproxy'
        ? 'frontend api\n    bind *:7443\n    default_backend api\nbackend api\n    server one 10.0.0.1:6443\n'
        : `vrrp_instance FORMER {\n    virtual_ipaddress {\n${floats.map((vip) => `        ${vip}/32\n`).join('')}    }\n}\n`;
    return [
      ...(active
        ? [
            { name: `process:${program}:${pid}`, rc: 0, text: `ancestors= 1\ncgroup=/system.slice/${id}` },
            { name: `config:${program}:${pid}`, rc: 0, text: config },
          ]
        : []),
      {
        name: `unit:${id}`,
        rc: 0,
        text: `LoadState=loaded\nActiveState=${active ? 'active' : 'inactive'}\nUnitFileState=${enabled ? 'enabled' : 'disabled'}`,
      },
    ];
  });
  const remembered = contentOf(node, formerFile);
  return [
    ...found,
    ...(remembered === '' ? [] : [{ name: 'former', rc: 0, text: remembered }]),
    { name: 'listening', rc: 0, text: listening.join('\n') },
  ];
}
