import { addressesOf, type ClusterSpec, type NodeSpec } from '../cluster/spec.ts';
import { familyOf, type Family } from '../core/ip.ts';
import { portsBetweenNodes } from '../node/ports.ts';

/** One thing that a node's firewall has to let in: a TCP port, or VRRP where there is none; from everybody, or from one address. */
export interface Opening {
  readonly port?: number;
  readonly from?: { readonly address: string; readonly family: Family };
}

/** What the other nodes and the clients have to reach of a node. VRRP is a protocol beside TCP, without ports. */
export function openingsOf(spec: ClusterSpec, node: NodeSpec): readonly Opening[] {
  const clients = spec.endpoint.port;
  const between = portsBetweenNodes(spec).filter((port) => port !== clients);
  const peers = spec.nodes.filter(({ name }) => name !== node.name).flatMap((peer) => addressesOf(peer));
  return [
    { port: clients },
    ...peers.flatMap((address): Opening[] => {
      const from = { address, family: familyOf(address) ?? 'ipv4' };
      return [...between.map((port) => ({ port, from })), { from }];
    }),
  ];
}

/** A rule of ufw, as `ufw show added` says it again. */
export function ufwRule({ port, from }: Opening): string {
  if (from === undefined) return `allow ${port}/tcp`;
  return port === undefined
    ? `allow from ${from.address} proto vrrp`
    : `allow from ${from.address} to any port ${port} proto tcp`;
}

/** A rich rule of firewalld, as `firewall-cmd --list-rich-rules` says it again. */
export function richRule({ port, from }: Opening): string {
  const what = port === undefined ? 'protocol value="vrrp"' : `port port="${port}" protocol="tcp"`;
  return `rule ${from ? `family="${from.family}" source address="${from.address}" ` : ''}${what} accept`;
}

/** What nft matches. */
export function nftMatch({ port, from }: Opening): string {
  const source = from ? `${from.family === 'ipv4' ? 'ip' : 'ip6'} saddr ${from.address} ` : '';
  return `${source}${port === undefined ? 'meta l4proto 112' : `tcp dport ${port}`}`;
}

/** What iptables matches, and by which of its programs: that of each family. */
export function iptablesMatches({
  port,
  from,
}: Opening): readonly { readonly family: Family; readonly match: string }[] {
  const what = port === undefined ? '-p 112' : `-p tcp --dport ${port}`;
  if (from) return [{ family: from.family, match: `-s ${from.address} ${what}` }];
  return [
    { family: 'ipv4', match: what },
    { family: 'ipv6', match: what },
  ];
}
