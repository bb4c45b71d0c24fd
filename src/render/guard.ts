import { addressIn, tellsClients, type ClusterSpec, type NodeSpec } from '../cluster/spec.ts';
import type { NodeFacts } from '../cluster/timers.ts';
import type { Family } from '../core/ip.ts';
import { guardTable, healthPort, paths, peersPort, revisionMarker } from '../node/paths.ts';
import { asksForSupport } from './support.ts';

/** Protocol number of VRRP (RFC 9568 §5.1.1.4). */
const vrrp = 112;

/** Of persons and of programs that are nobody's: a distribution gives system users, as HAProxy's, lower ones. */
const strangers = '1000-4294967294';

/** What a node expects of itself, because the others hear its adverts from this hardware address alone. */
export interface OwnMac {
  readonly interface: string;
  readonly mac: string;
}

/**
 * Rules of nft for one node: of the adverts for our virtual router ids, only those of the other nodes reach keepalived. VRRP
 * version 3 has no authentication (RFC 9568 §9): whoever sends adverts in the name of a peer, with priority 255, takes every
 * VIP away. All else passes: other router ids, other interfaces. `accept` ends this table alone: a firewall still has its say.
 *
 * The first two lines and the table are one transaction of nft -f: there is no moment without rules.
 * @returns undefined where the cluster file wants no guard
 */
export function renderGuard(spec: ClusterSpec, node: NodeSpec, facts: NodeFacts): string | undefined {
  if (spec.guard === 'off') return undefined;
  const families = (['ipv4', 'ipv6'] as const).filter((family) => routerIds(spec, family).length > 0);
  return `# ${spec.name}/${node.name}: rendered by k8s-ha. Adverts of the cluster's VIPs are heard from the other nodes alone (guard: ${spec.guard}).
table ${guardTable}
delete table ${guardTable}
table ${guardTable} {
    chain input {
        type filter hook input priority raw; policy accept;
        meta l4proto ${vrrp} jump adverts
${tellsClients(spec) ? `        tcp dport ${peersPort} jump peers\n` : ''}    }
${tellsClients(spec) ? peersChain(spec) : ''}${asksForSupport(spec) ? claimChains(spec, node) : ''}    # The second byte of an advert is its virtual router id.
    chain adverts {
${families.flatMap((family) => routerIds(spec, family).map((id) => `        meta nfproto ${family} @th,8,8 ${id} goto ${family}_adverts\n`)).join('')}    }
${families.map((family) => familyChain(spec, node, family, facts)).join('')}}
`;
}

/** Which connections the nodes have is said by the nodes alone: what they say is what clients are told. */
function peersChain({ nodes }: ClusterSpec): string {
  const from = (family: Family): string => nodes.flatMap((node) => addressIn(node, family) ?? []).join(', ');
  return `    chain peers {
        iif lo accept
${[
  ['ip', from('ipv4')],
  ['ip6', from('ipv6')],
]
  .filter(([, addresses]) => addresses !== '')
  .map(([ip, addresses]) => `        ${ip} saddr { ${addresses} } accept\n`)
  .join('')}        drop
    }
`;
}

/**
 * The other nodes take what comes from this node's address for what it says of itself: that it holds a VIP. That is said by HAProxy
 * alone, not by a person's program, and not by a pod whose packets leave with the node's address.
 */
function claimChains(spec: ClusterSpec, node: NodeSpec): string {
  const peers = spec.nodes.filter(({ name }) => name !== node.name);
  const to = (['ipv4', 'ipv6'] as const).flatMap((family) => {
    const addresses = peers.flatMap((peer) => addressIn(peer, family) ?? []);
    return addresses.length === 0
      ? []
      : `        ${family === 'ipv4' ? 'ip' : 'ip6'} daddr { ${addresses.join(', ')} } reject\n`;
  });
  // The operator's own image may give HAProxy any user.
  const output = `    chain output {
        type filter hook output priority filter; policy accept;
        tcp dport ${healthPort} meta skuid ${strangers} jump claims
    }
`;
  return `    # What this node holds is said by its HAProxy alone: not by users, and not by pods that leave with its address.
${spec.images.haproxy === undefined ? output : ''}    chain forward {
        type filter hook forward priority filter; policy accept;
        tcp dport ${healthPort} jump claims
    }
    chain claims {
${to.join('')}    }
`;
}

function routerIds({ endpoint }: ClusterSpec, family: Family): readonly number[] {
  return endpoint.virtualIPs.filter((vip) => vip.family === family).map(({ virtualRouterId }) => virtualRouterId);
}

/** Of other interfaces only what is sent to the node's own address can reach keepalived. sdifname: the port of a VRF. */
function familyChain(spec: ClusterSpec, node: NodeSpec, family: Family, facts: NodeFacts): string {
  const [ip, hops] = family === 'ipv4' ? ['ip', 'ttl'] : ['ip6', 'hoplimit'];
  const elsewhere = `iifname != "${facts.interface}" meta sdifname != "${facts.interface}"`;
  const own = addressIn(node, family);
  const peers = spec.nodes
    .filter(({ name }) => name !== node.name)
    .flatMap((peer) => {
      const address = addressIn(peer, family);
      const mac = spec.guard === 'macs' ? facts.macs?.[peer.name] : undefined;
      return address === undefined ? [] : [`${ip} saddr ${address}${mac === undefined ? '' : ` ether saddr ${mac}`}`];
    });
  const lines = [
    ...(own === undefined ? [] : [`${elsewhere} ${ip} daddr ${own} counter drop comment "k8s-ha ${revisionMarker}"`]),
    `${elsewhere} return`,
    ...peers.map((peer) => `${ip} ${hops} 255 ${peer} accept`),
    `counter drop comment "k8s-ha ${revisionMarker}"`,
  ];
  return `    chain ${family}_adverts {\n${lines.map((line) => `        ${line}\n`).join('')}    }\n`;
}

/** Hardware addresses by the address of the peer that they were rendered for. */
export function guardedMacs(guard: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...guard.matchAll(/ saddr (\S+) ether saddr (\S+) accept$/gm)].map(([, at, mac]) => [at, mac]),
  );
}

/**
 * The hardware address that the others expect the node's adverts from; undefined where they look at addresses alone. A node
 * that has another one is not heard: it would hold its VIPs beside the node that takes them over.
 */
export function ownMac(spec: ClusterSpec, node: NodeSpec, facts: NodeFacts): OwnMac | undefined {
  const mac = spec.guard === 'macs' && spec.nodes.length > 1 ? facts.macs?.[node.name] : undefined;
  return mac === undefined ? undefined : { interface: facts.interface, mac };
}

/** Shell of keepalived's check script: a node that is not heard gives its VIPs up. What cannot be read changes nothing. */
export function macCheck(own: OwnMac | undefined): string {
  return own === undefined
    ? ''
    : `# The other nodes hear this one from this hardware address alone (guard): with another, it would hold the VIP beside them.
read -r mac 2>/dev/null </sys/class/net/${own.interface}/address || mac=${own.mac}
[ "$mac" = ${own.mac} ] || exit 1
`;
}

/** Reads it back from the files of a node. */
export function ownMacIn(files: readonly { readonly path: string; readonly content: string }[]): OwnMac | undefined {
  const script = files.find(({ path }) => path === paths.checkScript)?.content ?? '';
  const found = /^read -r mac .*<\/sys\/class\/net\/(\S+)\/address \|\| mac=(\S+)$/m.exec(script);
  return found?.[1] !== undefined && found[2] !== undefined ? { interface: found[1], mac: found[2] } : undefined;
}
