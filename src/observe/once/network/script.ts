import type { ClusterSpec } from '../../../cluster/spec.ts';
import { quote } from '../../../core/command.ts';
import { hostPort } from '../../../core/ip.ts';
import { portsBetweenNodes } from '../../../node/ports.ts';
import { firewallHelpers, vrrpHelpers } from './firewall.ts';

/** Longest wait for a connection to another node, in seconds; asked a second time where nothing came. */
const connectSeconds = 0.7;

/** Shell for what a node sees of the network around it: who answers for the VIPs, which ports of the others it reaches. */
export function wireSections(spec: ClusterSpec): string {
  return `${neighbours(spec)}${reach(spec)}${endpointName(spec)}`;
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
  return `reach() {
    command -v curl >/dev/null || return 127
    for k8s_target in ${targets.map(quote).join(' ')}; do
        for _ in 1 2; do
            k8s_said=$(curl -sv -o /dev/null --noproxy '*' --connect-timeout ${connectSeconds} --max-time ${connectSeconds} "http://$k8s_target/" 2>&1)
            case $k8s_said in
                # HAProxy hangs up on who is no node yet.
                *'Connected to'* | *'onnection reset'*) k8s_answer=open ;;
                *'onnection refused'*) k8s_answer=refused ;;
                *'rohibited'* | *'No route to host'*) k8s_answer=rejected ;;
                *) k8s_answer=none; continue ;;
            esac
            break
        done && echo "$k8s_target $k8s_answer" &
    done
    wait
}
${vrrpHelpers(spec)}${firewallHelpers(spec)}# Beside each other: a firewall that drops costs both their time.
k8s_reach=$(vrrp & reach)
k8s_reached=$?
wait
emit neighbours ip -j neigh show
told reach "$k8s_reached" "$k8s_reach"
emit firewall firewall
`;
}

/** As the programs of the node resolve it: by DNS, or by its own hosts file. */
function endpointName({ endpoint: { dnsName } }: ClusterSpec): string {
  return dnsName === undefined ? '' : `emit dns timeout 3 getent ahosts ${quote(dnsName)}\n`;
}
