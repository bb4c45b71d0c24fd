import { tellsClients, type ClusterSpec, type NodeSpec } from '../cluster/spec.ts';
import type { Listener, NodeSeen } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';
import { healthPort, peersPort } from '../node/paths.ts';

/** Whether what listens there is about to give the port to our HAProxy. */
export type HandedOver = (node: string, listener: Listener) => boolean;

/** Ports that our HAProxy needs and another program has. */
export function takenPorts(
  spec: ClusterSpec,
  { name }: NodeSpec,
  { listeners, haproxy }: NodeSeen,
  handedOver: HandedOver,
): readonly Finding[] {
  if (!listeners.known) return [];
  const needed = [spec.endpoint.port, healthPort, ...(tellsClients(spec) ? [peersPort] : [])];
  const haproxyIsOurs = haproxy.active === 'active';
  return listeners.value
    .filter(({ port, program }) => needed.includes(port) && !(haproxyIsOurs && program === 'haproxy'))
    .filter((listener) => !handedOver(name, listener))
    .map(({ address, port, program }) => ({
      rule: 'port-taken',
      severity: 'error' as const,
      message: `port ${port} is taken: ${program} listens on ${address}:${port}`,
      reason: 'HAProxy binds the wildcard, and could not start.',
      suggestion:
        port !== spec.endpoint.port
          ? `Stop ${program}, or move it to another port.`
          : `Stop ${program}, or set endpoint.port to a free port.${program === 'haproxy' ? ' If it serves the API today, let `k8s-ha migrate` take over from it.' : ''}`,
    }));
}
