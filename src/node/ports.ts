import { tellsClients, type ClusterSpec } from '../cluster/spec.ts';
import { healthPort, peersPort } from './paths.ts';

/** TCP ports by which the nodes need each other. */
export function portsBetweenNodes(spec: ClusterSpec): readonly number[] {
  const { apiServer, endpoint } = spec;
  return [...new Set([healthPort, endpoint.port, apiServer.port, ...(tellsClients(spec) ? [peersPort] : [])])];
}
