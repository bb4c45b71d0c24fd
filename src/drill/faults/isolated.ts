import type { VirtualIpSpec } from '../../cluster/spec.ts';
import { ipv6Hex } from '../../core/ip.ts';
import { both, firewall, nftInstalled, noFirewall } from '../acts.ts';
import type { Fault } from '../fault.ts';

/**
 * Drops what says by ARP or NDP that this node has the address. A neighbour advertisement has its target after 8 bytes (RFC
 * 4861 §4.4); nft knows the name of that field only since 1.0.7.
 */
function announcement({ address, family }: VirtualIpSpec): string {
  return family === 'ipv4'
    ? `arp saddr ip ${address} drop;`
    : `meta protocol ip6 icmpv6 type nd-neighbor-advert @th,64,128 0x${ipv6Hex(address)} drop;`;
}

/**
 * No announcement of a VIP gets out; the node's own addresses are still found, for ssh. At the device, because keepalived
 * sends them through a packet socket, which the firewall's other hooks do not see.
 */
function unannounced(vips: readonly VirtualIpSpec[], device: string): string {
  return `nft -f - <<'K8S_HA_END'
table netdev k8s_ha_drill {
    chain egress { type filter hook egress device "${device}" priority 0; ${vips.map(announcement).join(' ')} }
}
K8S_HA_END`;
}

const allButSsh = `    chain input {
        type filter hook input priority -300; policy drop;
        iifname "lo" accept
        tcp dport 22 accept
        meta l4proto 58 accept
    }
    chain output {
        type filter hook output priority -300; policy drop;
        oifname "lo" accept
        tcp sport 22 accept
        meta l4proto 58 accept
    }`;

export const isolated: Fault = {
  name: 'isolated',
  summary: 'the VIP holder is cut off from everybody, nodes and clients (firewall; ssh to it goes on)',
  disruption: 'isolated',
  part: 'network',
  available: () => nftInstalled,
  inject: ({ spec, interface: device }) =>
    both(firewall(allButSsh, { from: 'everybody', to: 'everybody' }), {
      shell: unannounced(spec.endpoint.virtualIPs, device),
      does: [],
    }),
  heal: () => both(noFirewall, { shell: 'nft delete table netdev k8s_ha_drill 2>/dev/null || true', does: [] }),
};
