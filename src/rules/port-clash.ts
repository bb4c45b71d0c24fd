import { healthPort, peersPort } from '../node/paths.ts';
import { example } from '../cluster/file/kinds.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import { rule } from './rule.ts';

export const portClash = rule({
  id: 'port-clash',
  severity: 'error',
  title: 'Two programs on a node would need the same port',
  why: 'HAProxy listens on all addresses of a node, so that a VIP is served the moment it appears. API server, etcd and HAProxy run on the same machine: each needs a port of its own, and whichever starts second does not start.',
  bad: example({ endpoint: 'virtualIPs: [10.0.0.100]\nport: 6443' }),
  good: example({ endpoint: 'virtualIPs: [10.0.0.100]\nport: 7443' }),
  check: (spec) => {
    const uses = portsOf(spec);
    return uses.flatMap((use, i) => {
      const other = uses.slice(0, i).find(({ port }) => port === use.port);
      if (!other) return [];
      // The health port is ours and cannot be changed: point to the one that can.
      const at = use.path.length === 0 ? other : use;
      return [
        {
          message: `port ${use.port} is wanted by ${other.who} and by ${use.who}`,
          reason: 'They run on the same machines, and HAProxy listens on all addresses.',
          suggestion: 'Choose another port; 7443 for the endpoint beside 6443 for the API server is usual.',
          path: at.path,
        },
      ];
    });
  },
});

function portsOf({ endpoint, apiServer, etcd, failover }: ClusterSpec) {
  return [
    { who: 'the API server', port: apiServer.port, path: ['apiServer', 'port'] },
    ...(etcd.mode === 'stacked'
      ? [
          { who: "etcd's clients", port: etcd.clientPort, path: ['etcd', 'clientPort'] },
          { who: "etcd's members", port: etcd.peerPort, path: ['etcd', 'peerPort'] },
        ]
      : []),
    { who: 'the endpoint (HAProxy)', port: endpoint.port, path: ['endpoint', 'port'] },
    { who: "HAProxy's health page", port: healthPort, path: [] },
    ...(failover.tellClients ? [{ who: "HAProxy's peers", port: peersPort, path: [] }] : []),
  ];
}
