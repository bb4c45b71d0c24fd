import { firewall, type Fault } from '../fault.ts';

/**
 * No announcement of the VIP gets out; the node's own address is still found, for ssh. At the device, because keepalived
 * sends them through a packet socket, which the firewall's other hooks do not see.
 */
const unannounced = (vip: string, device: string): string => `nft -f - <<'K8S_HA_END'
table netdev k8s_ha_drill {
    chain egress { type filter hook egress device "${device}" priority 0; arp saddr ip ${vip} drop; }
}
K8S_HA_END`;

export const isolated: Fault = {
  name: 'isolated',
  summary: 'the VIP holder is cut off from everybody, nodes and clients (firewall; ssh to it goes on)',
  disruption: 'isolated',
  available: () => firewall('').available,
  inject: ({ vip, interface: device }) =>
    `${
      firewall(`    chain input {
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
    }`).inject
    }
${vip.family === 'ipv4' ? unannounced(vip.address, device) : ''}`,
  heal: () => `${firewall('').heal}
nft delete table netdev k8s_ha_drill 2>/dev/null || true`,
};
