/** Names in our haproxy.cfg, as HAProxy's statistics and its socket know them. */
export const haproxyNames = {
  /** The frontend that clients use. */
  frontend: 'k8s_api',
  /** API servers that are ready: where connections go. */
  ready: 'k8s_api_ready',
  /** API servers as their health checks find them; no connection goes there. */
  checked: 'k8s_api_checked',
  /** API servers that take TLS at all, however slow; no connection goes there either. */
  alive: 'k8s_api_alive',
  /** API servers that were dead the last time. */
  dead: 'k8s_dead',
  /** API servers that accept TLS: where connections go when none is ready. */
  any: 'k8s_api_any',
  /** The other nodes, for fencing. */
  members: 'k8s_members',
  /** Clients by their address. */
  sources: 'k8s_sources',
  /** Clients by their connection, known to all nodes. */
  clients: 'k8s_clients',
  /** The nodes, as peers that share that table. */
  peers: 'k8s_nodes',
  /** Which VIPs the other nodes say that they hold. */
  claims: 'k8s_claims',
  /** Which VIPs this node holds. */
  held: 'k8s_held',
  /** Which of them it has just taken. */
  grace: 'k8s_grace',
  /** Which VIPs it gave up because other nodes refused it. */
  refused: 'k8s_refused',
  /** Where keepalived's script asks whether the node may hold a VIP. */
  support: 'k8s_support',
} as const;

/** The backend whose servers are up where a node refuses this one as the holder of a VIP. */
export function refusalsOf({ instance }: { readonly instance: string }): string {
  return `k8s_refusals_${instance}`;
}
