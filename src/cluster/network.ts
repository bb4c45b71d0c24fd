/** Programs that manage a node's firewall, by what is active; `none`: no rule that keeps packets from the node was found. */
export const firewalls = ['firewalld', 'ufw', 'nftables', 'iptables', 'none'] as const;

export type FirewallName = (typeof firewalls)[number];

/** Programs that manage an interface and its addresses; `none`: none of these. */
export const networkManagers = ['systemd-networkd', 'NetworkManager', 'ifupdown', 'none'] as const;

export type NetworkManagerName = (typeof networkManagers)[number];
