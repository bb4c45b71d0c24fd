import type { Finding } from '../core/finding.ts';
import { familyOf } from '../core/ip.ts';
import { ownHeader } from './own.ts';
import { addressOf, type Setup } from './setup.ts';
import { instancesOf, sortedInstances, type Held } from './watch.ts';
import { healthyPriority } from './cost.ts';
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
  if (given && given.length > 0) return { nodes: given, findings: [] };
  const servers = setup.nodes.find(({ haproxy }) => haproxy?.api)?.haproxy?.api?.servers ?? [];
  const held = instancesOf(setup.nodes);
  const machines = unique(
    held
      .flatMap(({ instance }) => [instance.source?.value, ...instance.peers.map(({ text }) => text)])
      .flatMap((text) => {
        const address = text && addressOf(text);
        return address ? [address] : [];
      }),
  );
  const partners = partnersOf(held);
  const addresses = unique(servers.flatMap(({ host }) => addressOf(host) ?? []));
  const named = servers.find(({ host }) => !addressOf(host));
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
  for (const { node, instance } of held)
    for (const other of held.filter((each) => each.node === node && each.instance !== instance)) {
      const [mine, theirs] = [speakersOf(instance), speakersOf(other.instance)];
      const count = ownHeader(node.keepalived?.text ?? '') ? mine.length : 1;
      mine.slice(0, count).forEach((address, i) => {
        const partner = theirs[i];
        if (address !== undefined && partner !== undefined && familyOf(address) !== familyOf(partner))
          partners.set(address, partner);
      });
    }
  return partners;
}

/** Who takes part in an instance: the machine itself, then its peers. */
function speakersOf({ source, peers }: Held['instance']): readonly (string | undefined)[] {
  return [source?.value ?? '', ...peers.map(({ text }) => text)].map(addressOf);
}

/** The nodes with their names, the preferred one first. */
function ordered(addresses: readonly string[], setup: Setup, held: readonly Held[]): ImportedNode[] {
  const servers = setup.nodes.find(({ haproxy }) => haproxy?.api)?.haproxy?.api?.servers ?? [];
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
  const interfaces = unique(held.flatMap(({ instance }) => instance.interface?.value ?? []));
  const common =
    !own && interfaces.length === 1 && /^[A-Za-z0-9][\w.@-]{0,14}$/.test(interfaces[0] ?? '')
      ? interfaces[0]
      : undefined;
  const priorityOf = (address: string): number => {
    const at = held.find(({ instance }) => instance.source && addressOf(instance.source.value) === address);
    return at ? healthyPriority(at) : 0;
  };
  const sorted = own ? nodes : nodes.toSorted((a, b) => priorityOf(b.address) - priorityOf(a.address));
  return sorted.map((node) => ({ ...node, ...(common !== undefined && { interface: common }) }));
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

/** Which VIPs and port are the API's. */
export function endpointOf(setup: Setup, nodes: readonly ImportedNode[]): ImportedEndpoint {
  const { api, others } = sortedInstances(setup.nodes);
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
  for (const { instance } of others)
    findings.push({
      rule: 'import-other-instance',
      severity: 'info',
      message: `the instance ${instance.name.text} is not the API's and is not carried over`,
      suggestion: 'Keep it in a keepalived of its own, or write it into keepalived.extra.',
      position: placeOf(instance.name),
    });
  const path = setup.nodes.find(({ haproxy }) => haproxy?.api)?.haproxy?.api;
  const bind = path?.binds[0];
  const serverPort = path?.servers[0]?.port ?? 6443;
  const clash = bind !== undefined && bind.port === serverPort && nodes.length > 0;
  if (clash)
    findings.push({
      rule: 'import-port-clash',
      severity: 'warning',
      message: `clients use port ${bind.port}, which on the control-plane nodes is the API server's own; the cluster file says 7443`,
      reason: 'HAProxy listens on all addresses of a node, so it needs a port of its own beside the API server.',
      suggestion: `Move the clients (kubeconfigs, controlPlaneEndpoint) to 7443, or redirect ${bind.port} on the VIP with nftables.`,
      position: placeOf(bind.at),
    });
  return {
    virtualIPs: virtualIPs.slice(0, 9),
    port: clash || !bind ? 7443 : bind.port,
    virtualRouterId: api[0]?.instance.virtualRouterId?.value,
    findings: unique(findings),
  };
}
