import { caPem } from '../certificates.ts';
import { madeOnce, readOnce } from '../../../src/core/read-once.ts';
import { parseLever } from '../../../src/node/lever.ts';
import { haproxyNames } from '../../../src/node/haproxy.ts';
import { paths, runDir } from '../../../src/node/paths.ts';
import { firewallRevision } from '../../../src/render/firewall.ts';
import { apiServerReady, etcdRuns, leads } from './machine.ts';
import { isolated } from './vrrp.ts';
import {
  contentOf,
  isOptional,
  isPlaced,
  loadedShape,
  sha256,
  vipsOn,
  type Service,
  type SimFile,
  type SimNode,
} from './node.ts';
import { historyFiles } from './steps.ts';

/** What a simulated node answers to a script of sections, in the form of the real one: the real parsers read it. */
export function observation(
  node: SimNode,
  nodes: readonly SimNode[],
  cut: (a: string, b: string) => boolean,
  times: { readonly nowMs: number; readonly epochMs: number },
  { kubernetes = false }: { readonly kubernetes?: boolean } = {},
): string {
  const sections: string[] = [];
  const emit = (name: string, text: string, rc = 0): void => void sections.push(`${name} ${rc} ${said(text)}`);
  emit('clock', String(times.epochMs + node.machine.aheadMs));
  emit('os', node.system?.osRelease ?? 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"');
  emit('systemd', '');
  emit('package-manager', node.system?.managers ?? 'apt');
  for (const program of ['haproxy', 'keepalived', 'curl', 'socat']) {
    const version = node.packages.get(program);
    emit(program, version === undefined ? '' : `${program} version ${version}`, version === undefined ? 127 : 0);
  }
  emit('addresses', JSON.stringify(linksOf(node, times.nowMs)));
  const [rule = ''] = /comment "k8s-ha \w+"$/m.exec(node.guard ?? '') ?? [];
  emit('guard', rule === '' ? '' : `packets 0 bytes 0 drop ${rule}`);
  if (node.files.has(paths.firewall)) {
    const revision = firewallRevision(node.opened ?? '');
    const loaded = revision !== undefined && revision === firewallRevision(contentOf(node, paths.firewall));
    emit('opened', `firewalld ${loaded ? revision : '-'}`);
  } else if (node.opened !== undefined) emit('opened', 'firewalld -');
  emit('links', `/sys/class/net/eth0/address:${node.mac}\n/sys/class/net/eth0/addr_assign_type:0`);
  emit('nofile', '524288');
  emit('ca', `${sha256(contentOf(node, '/etc/kubernetes/pki/ca.crt'))}  /etc/kubernetes/pki/ca.crt`);
  healthCert(node, emit);
  emit('writable', '', node.faults.has('full') ? 1 : 0);
  emit('free', node.faults.has('full') ? '0' : '1000000');
  for (const [path, file] of node.files) if (isPlaced(path)) sections.push(`file:${path} 0 ${saidOfFile(file)}`);
  for (const service of ['haproxy', 'keepalived', 'addons', 'snapshots'] as const)
    emit(`service:${service}`, serviceText(node, service, times.nowMs));
  const { haproxy, keepalived } = node.services;
  if (haproxy.active && !node.machine.hung.has('haproxy')) {
    emit('haproxy-config', revisionIn(haproxy.loaded));
    emit('livez', isolated(node, nodes, cut) ? '503' : '200');
    emit('servers', serversCsv(node, nodes, cut));
  } else for (const name of ['haproxy-config', 'livez', 'servers']) emit(name, 'Connection refused', 7);
  if (keepalived.active) emit('hears', 'yes');
  if (keepalived.active) emit('keepalived-config', `${sha256(keepalived.loaded)}  -`);
  if (keepalived.active && !node.faults.has('keepalived-silent') && !node.machine.hung.has('keepalived'))
    emit('instances', dump(node));
  else emit('instances', 'keepalived wrote no state within 0.5 s', 1);
  for (const [path, { content }] of node.files)
    if (isLever(path) && (parseLever(content) || content.startsWith('0')))
      emit(`lever:${path.split('/').at(-1)}`, content);
  for (const [vip, sinceMs] of keptOn(node, times.nowMs))
    emit(`kept:${vip}`, `1 ${Math.floor((times.nowMs - sinceMs) / 1000)}`);
  const [last] = historyFiles(node)
    .map((path) => path.slice(`${paths.history}/`.length).split('/')[0] ?? '')
    .toSorted()
    .toReversed();
  if (last !== undefined) emit('last-change', `${paths.history}/${last}/`);
  const lock = node.files.get(paths.lock);
  if (lock) emit('lock', lock.content);
  const ports = [
    ...(haproxy.active ? [loadedShape(node)?.port ?? 7443] : []),
    ...(node.formers.get('haproxy.service')?.active === true ? [7443] : []),
  ];
  const listening = ports.map((port) => `LISTEN 0 4096 *:${port} *:* users:(("haproxy",pid=9,fd=6))`);
  emit('listeners', listening.join('\n'));
  emit('neighbours', JSON.stringify(neighbours(nodes)));
  if (kubernetes) {
    emit('k8s-api', apiAnswers(node, nodes));
    if (etcdRuns(node)) emit('k8s-etcd', etcdAnswers(node, nodes));
    else emit('k8s-etcd', 'curl: (28) Operation timed out', 28);
  }
  return inBase64(sections);
}

const revisionIn = readOnce((text) => /string (\w+) if \{ path \/revision \}/.exec(text)?.[1] ?? '');

/** As where the cluster file wants a certificate; elsewhere nobody heeds it. */
function healthCert(node: SimNode, emit: (name: string, text: string, rc?: number) => void): void {
  const file = node.files.get(paths.healthCert);
  const [pem = '', key] = file?.content.split('-----BEGIN PRIVATE KEY-----') ?? [];
  emit(
    'health-cert',
    file ? `${file.mode.toString(8)} ${file.owner}\n${key === undefined ? 'no key' : 'key'}\n${pem}` : '',
    file ? 0 : 127,
  );
  emit('client-ca', caPem);
  const signs = node.files.has('/etc/kubernetes/pki/ca.key');
  emit('signer', signs ? '' : '/etc/kubernetes/pki/ca.key does not exist', signs ? 0 : 1);
}

export interface Section {
  readonly name: string;
  readonly rc: number;
  readonly text: string;
}

export function encode(sections: readonly Section[]): string {
  return inBase64(sections.map(({ name, rc, text }) => `${name} ${rc} ${said(text)}`));
}

function inBase64(sections: readonly string[]): string {
  return Buffer.from(sections.join('')).toString('base64');
}

/** What a section says, with its length before it. */
function said(text: string): string {
  return `${Buffer.byteLength(text)}\n${text}\n`;
}

export function fileText({ mode, owner, content }: SimFile): string {
  return `${mode.toString(8)} ${owner}\n${content}.`;
}

/** A file is replaced, never changed: what a look says of it is made once. */
const saidOfFile = madeOnce((file: SimFile) => said(fileText(file)));

function isLever(path: string): boolean {
  return path === paths.drain || path === paths.haproxyDown || path.startsWith(`${runDir}/yield-`);
}

function entry(local: string) {
  return { local, prefixlen: 32 };
}

/** As the node's script: for ten minutes, and no longer than another node has it. */
function keptOn({ kept, vips }: SimNode, nowMs: number) {
  return [...kept].filter(
    ([vip, sinceMs]) => nowMs - sinceMs < 600_000 && (!vips.has(vip) || nowMs - sinceMs < 30_000),
  );
}

/** Ours has its VIPs where its configuration says, which is the loopback interface while it stands beside another. */
function linksOf(node: SimNode, nowMs: number) {
  const loopback = isOnLoopback(node.services.keepalived.loaded);
  const shared = loopback ? node.formerVips : vipsOn(node);
  return [
    {
      ifname: 'lo',
      address: '00:00:00:00:00:00',
      addr_info: [...(loopback ? node.vips : []), ...keptOn(node, nowMs).map(([vip]) => vip)].map(entry),
    },
    {
      ifname: 'eth0',
      address: node.mac,
      addr_info: [{ local: node.address, prefixlen: 16 }, ...[...shared].map(entry)],
    },
  ];
}

const isOnLoopback = readOnce((text) => /^ {8}\S+ dev lo$/m.test(text));

function serviceText(node: SimNode, service: Service, nowMs: number): string {
  const { active, enabled, startedMs, unitRevision, version } = node.services[service];
  const installed = node.packages.get(service);
  return [
    `ActiveState=${active ? 'active' : 'inactive'}`,
    `UnitFileState=${enabled ? 'enabled' : 'disabled'}`,
    ...(active ? [`MainPID=9`, `K8S_HA_AGE=${Math.round((nowMs - startedMs) / 10)}`] : ['MainPID=0']),
    ...(active && unitRevision !== undefined ? [`K8S_HA_REVISION=${unitRevision}`] : []),
    ...(active && !isOptional(service) && version !== installed ? [`K8S_HA_RUNS=${service} version ${version}`] : []),
  ].join('\n');
}

function serversCsv(node: SimNode, nodes: readonly SimNode[], cut: (a: string, b: string) => boolean): string {
  const members = loadedShape(node)?.members ?? balanced(node);
  const rows = members.map(({ name, address }) => {
    const server = nodes.find((other) => other.address === address);
    const up = server && reaches(node, server, cut) && server.apiReady && apiServerReady(server, nodes);
    const status = node.drainedServers.has(name) ? 'DRAIN' : up === true ? 'UP' : 'DOWN';
    const check = up === true ? 'L7OK,200' : server && reaches(node, server, cut) ? 'L7STS,500' : 'L4TOUT,';
    return `${haproxyNames.ready},${name},${status},${server?.machine.version?.sessions ?? 0},${check},`;
  });
  const frontend = `${haproxyNames.frontend},FRONTEND,OPEN,${node.machine.full ? 1000 : 0},,,,1000`;
  return ['# pxname,svname,status,scur,check_status,check_code,last_chk,slim', frontend, ...rows].join('\n');
}

/** API servers of a HAProxy that runs alone, on a worker. */
function balanced({ services }: SimNode): readonly { readonly name: string; readonly address: string }[] {
  const found = services.haproxy.loaded.matchAll(/^ {4}server (?<name>\S+) (?<address>\S+):6443$/gm);
  const servers = Array.from(found, ({ groups }) => ({
    name: groups?.['name'] ?? '',
    address: groups?.['address'] ?? '',
  }));
  return [...new Map(servers.map((server) => [server.name, server])).values()];
}

/** Nobody's credentials: it tells its version and whether it is ready, and no leases. */
function apiAnswers(node: SimNode, nodes: readonly SimNode[]): string {
  if (node.machine.apiServer.state === 'dead' || node.machine.hung.has('api-server')) return '';
  const ready = apiServerReady(node, nodes);
  return `{"gitVersion":"v1.36.3"}\n@@200\n${ready ? 'ok' : '[-]etcd failed'}\n@@${ready ? 200 : 500}\n{}\n@@403\n`;
}

function etcdAnswers(node: SimNode, nodes: readonly SimNode[]): string {
  const id = (one: SimNode): string => String(nodes.indexOf(one) + 1);
  const leader = nodes.find((one) => leads(one, nodes));
  const status = { header: { member_id: id(node) }, version: '3.6.1', leader: leader ? id(leader) : '0' };
  const members = nodes.map((one) => ({ ID: id(one), name: one.name, peerURLs: [`https://${one.address}:2380`] }));
  return `${JSON.stringify(status)}\n@@200\n${leader ? `${JSON.stringify({ members })}\n@@200` : '{}\n@@503'}\n{"alarms":[]}\n@@200\n`;
}

/** Requests get from one node to another, and answers back. */
export function reaches(node: SimNode, other: SimNode, cut: (a: string, b: string) => boolean): boolean {
  return other.up && (node === other || (!cut(node.name, other.name) && !cut(other.name, node.name)));
}

function dump(node: SimNode): string {
  const states = ['INIT', 'BACKUP', 'MASTER', 'FAULT'];
  const priorities = prioritiesIn(node.services.keepalived.loaded);
  return JSON.stringify(
    (loadedShape(node)?.instances ?? []).map(
      ({ name, address, virtualRouterId, advertIntervalMs, interface: dev }) => ({
        data: {
          iname: name,
          state: states.indexOf(node.instances.get(name)?.state ?? 'INIT'),
          effective_priority: priorities.get(name) ?? 100,
          vrid: virtualRouterId,
          adver_int: advertIntervalMs / 1000,
          vips: [`${address} dev ${dev} scope global set`],
        },
      }),
    ),
  );
}

const prioritiesIn = readOnce(
  (text) =>
    new Map(
      Array.from(text.matchAll(/^vrrp_instance (\S+) \{$[^]*?priority (\d+)/gm), ([, name = '', priority]) => [
        name,
        Number(priority),
      ]),
    ),
);

/** Who answers for each VIP on the wire. */
function neighbours(nodes: readonly SimNode[]) {
  return nodes.flatMap((node) =>
    node.up ? [...vipsOn(node)].map((dst) => ({ dst, lladdr: node.mac, state: ['REACHABLE'] })) : [],
  );
}
