import type { ClusterSpec } from '../../../cluster/spec.ts';
import { quote } from '../../../core/command.ts';
import { hostPort } from '../../../core/ip.ts';
import { filled } from '../../../core/shell-text.ts';
import { segmentSection } from './segment.ts';
import { portsBetweenNodes } from '../../../node/ports.ts';
import { firewallHelpers, vrrpHelpers } from './firewall.ts';
import * as programs from '../../shell/programs.ts';

/** Longest wait for a connection to another node, in seconds; asked a second time where nothing came. */
const connectSeconds = 0.7;

/** Shell for what a node sees of the network around it: who answers for the VIPs, which ports of the others it reaches. */
export function wireSections(spec: ClusterSpec): string {
  return `${neighbours(spec)}${reach(spec)}${segmentSection(spec)}${endpointName(spec)}emit inotify inotify
`;
}

/**
 * Makes the kernel resolve each VIP, then reads who answered: ARP (or NDP) answers even where a firewall drops the rest. What
 * it remembers is forgotten first: an old answer says nothing of now.
 */
function neighbours({ endpoint: { virtualIPs, port } }: ClusterSpec): string {
  return `${virtualIPs
    .map(
      ({ address }) =>
        `ip neigh flush to ${address} 2>/dev/null
{ ask --connect-timeout 0.4 -o /dev/null http://${hostPort(address, port)}/ || true; } &`,
    )
    .join('\n')}
`;
}

/**
 * Connects to the ports of all nodes, itself included (which says nothing, and saves a script for each node). "Refused" is an
 * answer: nothing listens there yet, and no firewall is in the way.
 */
function reach(spec: ClusterSpec): string {
  const targets = spec.nodes.flatMap(({ address }) => portsBetweenNodes(spec).map((port) => hostPort(address, port)));
  return filled(programs.reach, {
    TARGETS: targets.map(quote).join(' '),
    CONNECT_SECONDS: connectSeconds,
    HELPERS: `${vrrpHelpers(spec)}${firewallHelpers(spec)}`,
  });
}

/** As the programs of the node resolve it: by DNS, or by its own hosts file. */
function endpointName({ endpoint: { dnsName } }: ClusterSpec): string {
  return dnsName === undefined ? '' : `emit dns timeout 3 getent ahosts ${quote(dnsName)}\n`;
}
