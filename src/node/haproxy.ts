/** Names in our haproxy.cfg, as HAProxy's statistics and its socket know them. */
export const haproxyNames = {
  /** The frontend that clients use. */
  frontend: 'k8s_api',
  /** API servers that are ready: where connections go. */
  ready: 'k8s_api_ready',
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
} as const;
