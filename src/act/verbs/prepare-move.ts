import type { LockOwner } from '../../cluster/lock.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Host } from '../../host/host.ts';
import { keepConnections } from '../rollout/keep.ts';
import { rolloutOf, type ActOptions } from '../session.ts';

/**
 * Prepares all nodes for the VIPs to leave one of them, as every planned move does, and moves nothing: the connections through
 * it live on where the cluster file keeps them. The caller holds the lock.
 */
export async function prepareMove(
  spec: ClusterSpec,
  hosts: readonly Host[],
  owner: LockOwner,
  node: string,
  options: Pick<ActOptions, 'signal' | 'onEvent' | 'clock'>,
): Promise<void> {
  const vips = spec.endpoint.virtualIPs.map(({ address }) => address);
  await keepConnections(rolloutOf(spec, { ...options, hosts }, owner), node, vips);
}
