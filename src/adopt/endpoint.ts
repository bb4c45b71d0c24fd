import type { Finding } from '../core/finding.ts';
import { familyOf } from '../core/ip.ts';
import { ownHeader } from './own.ts';
import { addressOf } from './address.ts';
import { sortedInstances } from './election/election.ts';
import { healthyPriority, instancesOf, type Held } from './election/member.ts';
import { isLoopback, type Bind } from './haproxy/read.ts';
import type { ServerConfig } from './haproxy/server.ts';
import type { Setup } from './setup.ts';
import { placeOf } from './word.ts';

export interface ImportedNode {
  readonly name: string;
  readonly address: string;
  /** Its address of the other family, where an instance of that family says it. */
  readonly secondAddress?: string | undefined;
  readonly interface?: string | undefined;
}

/** Who the control-plane nodes are: HAProxy's servers, otherwise the machines that keepalived knows of. */
export function nodesOf(
  setup: Setup,
  given: readonly ImportedNode[] | undefined,
): { nodes: readonly ImportedNode[]; findings: readonly Finding[] } {
  const held = instancesOf(setup.nodes);
  if (given && given.length > 0) {
    const own = setup.nodes.some(({ haproxy }) => ownHeader(haproxy?.text ?? ''));
    return { nodes: own ? given : withInterfaces(given, held), findings: [] };
  }
  const servers = serversOf(setup);
  const machines = unique(
    held
      .flatMap(({ instance }) => [instance.source?.value, ...instance.peers.map(({ text }) => text)])
      .flatMap((text) => {
        const address = text && addressOf(text);
        return address ? [address] : [];
      }),
  );
  const partners = partnersOf(held);
  const addresses = unique(servers.flatMap(({ host }) => addressOf(host) ?? [])).filter(
    (address) => !isLoopback(address),
  );
  const named = servers.find(({ host }) => !addressOf(host) && !isLoopback(host));
  const findings: Finding[] = named
    ? [
        {
          rule: 'import-server-by-name',
          severity: 'warning',
          message: `the server ${named.name.text} is given by name (${named.host}), not by address`,
          reason: 'Names must be resolved while the cluster is down.',
          suggestion: 'Name the nodes with --nodes NAME=ADDRESS,….',
          position: placeOf(named.address),
        },
      ]
    : [];
  // A machine that speaks in both families is one machine.
  const found =
    addresses.length > 0
      ? addresses
      : machines.filter((address, i) => !machines.slice(0, i).includes(partners.get(address) ?? ''));
  if (found.length === 0) {
    const [instance] = held;
    return {
      nodes: [],
      findings: [
        ...findings,
        {
          rule: 'import-nodes-unknown',
          severity: 'error',
          message: 'the files do not say which addresses the control-plane nodes have',
          reason: 'There are neither HAProxy servers with addresses nor unicast peers.',
          suggestion: 'Name the nodes with --nodes NAME=ADDRESS,….',
          ...(instance && { position: placeOf(instance.instance.name) }),
        },
      ],
    };
  }
  if (addresses.length > 0 && machines.length > 0 && !machines.some((address) => addresses.includes(address)))
    findings.push({
      rule: 'import-balancers-apart',
      severity: 'info',
      message: `keepalived runs on ${machines.join(', ')}, which are no API servers; k8s-ha runs on the control-plane nodes themselves`,
      reason: 'Machines that only balance are more that can fail, and cannot tell a cut-off node from a dead one.',
      suggestion: 'Go on with the cluster file, then take the old machines out of service.',
      ...(held[0] && { position: placeOf(held[0].instance.peers[0] ?? held[0].instance.name) }),
    });
  const nodes = ordered(found, setup, held).map((node) => {
    const secondAddress = partners.get(node.address);
    return { ...node, ...(secondAddress !== undefined && { secondAddress }) };
  });
  return { nodes, findings };
}

/**
 * For each address of a machine that has an instance of either family: its address of the other. Our own files list the
 * peers in the nodes' order, so that one machine's files tell the pairs of all.
 */
function partnersOf(held: readonly Held[]): ReadonlyMap<string, string> {
  const partners = new Map<string, string>();
  const all = held.map(({ node, instance, keepalived }) => ({
    node,
    instance,
    keepalived,
    speakers: speakersOf(instance),
  }));
  for (const { node, instance, keepalived, speakers: mine } of all) {
    if (mine.every((address) => address === undefined)) continue;
    const count = ownHeader(keepalived.text) ? mine.length : 1;
    for (const other of all) {
      if (other.node !== node || other.instance === instance) continue;
      mine.slice(0, count).forEach((address, i) => {
        const partner = other.speakers[i];
        if (address !== undefined && partner !== undefined && familyOf(address) !== familyOf(partner))
          partners.set(address, partner);
      });
    }
  }
  return partners;
}

/** Who takes part in an instance: the machine itself, then its peers. */
function speakersOf({ source, peers }: Held['instance']): readonly (string | undefined)[] {
  return [source?.value ?? '', ...peers.map(({ text }) => text)].map(addressOf);
}

/** The nodes with their names, the preferred one first. */
function ordered(addresses: readonly string[], setup: Setup, held: readonly Held[]): ImportedNode[] {
  const servers = serversOf(setup);
  const own = setup.nodes.some(({ haproxy }) => ownHeader(haproxy?.text ?? ''));
  const names = addresses.map((address, i) => {
    const server = servers.find(({ host }) => addressOf(host) === address)?.name.text.toLowerCase();
    const machine = held.find(({ instance }) => instance.source && addressOf(instance.source.value) === address)?.node
      .name;
    const name = [server, machine].find((candidate) => candidate !== undefined && isName(candidate));
    return { address, name: name ?? `cp${i + 1}` };
  });
  const distinct = new Set(names.map(({ name }) => name)).size === names.length;
  const nodes = names.map(({ name, address }, i) => ({ name: distinct ? name : `cp${i + 1}`, address }));
  const priorityOf = (address: string): number => {
    const at = held.find(({ instance }) => instance.source && addressOf(instance.source.value) === address);
    return at ? healthyPriority(at) : 0;
  };
  const sorted = own ? nodes : nodes.toSorted((a, b) => priorityOf(b.address) - priorityOf(a.address));
  return own ? sorted : withInterfaces(sorted, held);
}

/** The name where it is one that Linux takes. */
function usable(name: string | undefined): string | undefined {
  return name !== undefined && /^[A-Za-z0-9][\w.@-]{0,14}$/.test(name) ? name : undefined;
}

/** Each node's interface: its own instance's where its address is known, otherwise the one that all have. */
function withInterfaces(nodes: readonly ImportedNode[], held: readonly Held[]): ImportedNode[] {
  const all = unique(held.flatMap(({ instance }) => instance.interface?.value ?? []));
  const common = all.length === 1 ? usable(all[0]) : undefined;
  return nodes.map((node) => {
    const own = held.find(
      ({ node: { name }, instance }) =>
        name === node.name || (instance.source && addressOf(instance.source.value) === node.address),
    )?.instance.interface?.value;
    const found = node.interface ?? usable(own) ?? common;
    return { ...node, ...(found !== undefined && { interface: found }) };
  });
}

function isName(text: string): boolean {
  return /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/.test(text) && addressOf(text) === undefined;
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}

export interface ImportedEndpoint {
  readonly virtualIPs: readonly string[];
  readonly port: number;
  readonly virtualRouterId?: number | undefined;
  readonly findings: readonly Finding[];
}

/** VIPs that a cluster file can have. */
export const maxVips = 9;

/** Which VIPs and port are the API's. */
export function endpointOf(setup: Setup, nodes: readonly ImportedNode[]): ImportedEndpoint {
  const { api } = sortedInstances(setup);
  const vips = api.flatMap(({ instance }) => instance.vips);
  const virtualIPs = unique(vips.flatMap(({ value }) => addressOf(value) ?? []));
  const findings: Finding[] = [];
  if (virtualIPs.length === 0) {
    const at = vips[0]?.at ?? api[0]?.instance.name;
    findings.push({
      rule: 'import-vip-unknown',
      severity: 'error',
      message: at
        ? `no VIP can be read: ${vips[0] ? `"${vips[0].value}" is no address` : 'virtual_ipaddress is empty'}`
        : 'there is no vrrp_instance, so no VIP',
      reason: 'Without a VIP there is no endpoint that could move.',
      suggestion: 'Give import the files as the programs read them, with placeholders filled in.',
      ...(at && { position: placeOf(at) }),
    });
  }
  const path = setup.nodes.find(({ haproxy }) => haproxy?.api)?.haproxy?.api;
  const bind = publicBind(path?.binds ?? [], virtualIPs);
  const serverPort = path?.servers.find(({ port }) => port !== undefined)?.port ?? 6443;
  const virtual = setup.nodes
    .flatMap(({ keepalived }) => keepalived?.virtualServers ?? [])
    .find(({ address }) => virtualIPs.includes(addressOf(address) ?? ''));
  const anyHaproxy = setup.nodes.some(({ haproxy }) => haproxy);
  const bare = !anyHaproxy && virtual?.port === undefined;
  const usedPort = bind?.port ?? virtual?.port ?? (anyHaproxy ? undefined : serverPort);
  const clash = usedPort === serverPort && nodes.length > 0 && virtualIPs.length > 0;
  const at = bind?.at ?? virtual?.at ?? vips[0]?.at;
  if (clash && at)
    findings.push({
      rule: 'import-port-clash',
      severity: 'warning',
      message: `${bare ? 'without HAProxy, clients use' : 'clients use'} port ${usedPort}${
        bare ? ' on the VIP' : ''
      }, which on the control-plane nodes is the API server's own; the cluster file says ${defaultPort}`,
      reason: 'HAProxy listens on all addresses of a node, so it needs a port of its own beside the API server.',
      suggestion: `Move the clients (kubeconfigs, controlPlaneEndpoint) to ${defaultPort}, or redirect ${usedPort} on the VIP with nftables.`,
      position: placeOf(at),
    });
  else if (usedPort === undefined && virtualIPs.length > 0 && nodes.length > 0 && vips[0])
    findings.push({
      rule: 'import-port-unknown',
      severity: 'warning',
      message: `no frontend for the API can be read, so nothing says which port clients use; ${defaultPort} is k8s-ha's default`,
      reason: 'The cluster file needs a port, and a wrong one leaves every client behind.',
      suggestion: 'Set endpoint.port in the cluster file to what the kubeconfigs say.',
      position: placeOf(path?.binds[0]?.at ?? vips[0].at),
    });
  return {
    virtualIPs: virtualIPs.slice(0, maxVips),
    port: clash || usedPort === undefined ? defaultPort : usedPort,
    virtualRouterId: api[0]?.instance.virtualRouterId?.value,
    findings: unique(findings),
  };
}

const defaultPort = 7443;

/** The bind that clients come to through the VIP: not one on loopback. */
function publicBind(binds: readonly Bind[], vips: readonly string[]): Bind | undefined {
  const open = binds.filter(({ address }) => !isLoopback(address));
  return open.find(({ address }) => vips.includes(addressOf(address) ?? '')) ?? open[0];
}

/** HAProxy's API servers, or keepalived's real servers; without those that are there for the installation only. */
function serversOf(setup: Setup): readonly Pick<ServerConfig, 'name' | 'address' | 'host' | 'port'>[] {
  const all = allServers(setup);
  const lasting = all.filter((server) => !isTemporary(server));
  return lasting.length > 0 ? lasting : all;
}

function allServers(setup: Setup): readonly Pick<ServerConfig, 'name' | 'address' | 'host' | 'port'>[] {
  const found = setup.nodes.find(({ haproxy }) => haproxy?.api)?.haproxy?.api?.servers;
  if (found) return found;
  const vips = sortedInstances(setup).api.flatMap(({ instance }) => instance.vips.map(({ value }) => addressOf(value)));
  return setup.nodes
    .flatMap(({ keepalived }) => keepalived?.virtualServers ?? [])
    .filter(({ address, port }) => vips.includes(addressOf(address)) && (port === 6443 || port === undefined))
    .flatMap(({ servers }) => servers.map(({ at, host, port }) => ({ name: at, address: at, host, port })));
}

function isTemporary({ name, host }: Pick<ServerConfig, 'name' | 'host'>): boolean {
  return /bootstrap|\btemp(orary)?\b/i.test(`${name.text} ${host}`);
}

/** Servers that the cluster file leaves out, because their names say that they go away. */
export function temporaryServers(setup: Setup): readonly Pick<ServerConfig, 'name' | 'host'>[] {
  const all = allServers(setup);
  return all.every(isTemporary) ? [] : all.filter(isTemporary);
}
