import type { Fault } from '../fault.ts';

const table = 'k8s_ha_drill';

export const cutFromPeers: Fault = {
  name: 'cut-from-peers',
  summary: 'the VIP holder is cut off from the other nodes, but not from clients (firewall, both ways)',
  disruption: 'cut-from-peers',
  available: () => `command -v nft >/dev/null || { echo 'nft is not installed'; exit 1; }`,
  inject: ({ spec, node }) => {
    const peers = spec.nodes.filter(({ name }) => name !== node.name).map(({ address }) => address);
    const ip = node.family === 'ipv4' ? 'ip' : 'ip6';
    return `nft -f - <<'K8S_HA_END'
table inet ${table} {
    chain input { type filter hook input priority -300; ${ip} saddr { ${peers.join(', ')} } drop; }
    chain output { type filter hook output priority -300; ${ip} daddr { ${peers.join(', ')} } drop; }
}
K8S_HA_END`;
  },
  heal: () => `nft delete table inet ${table} 2>/dev/null || true`,
};
