import type { ClusterSpec } from '../../cluster/spec.ts';
import { paths } from '../../node/paths.ts';
import type { NodeFacts } from '../../cluster/timers.ts';

/** Commands that take the VIPs off the node; each fails where the node has not got that one. */
export function vipRemovals({ endpoint }: ClusterSpec, facts: NodeFacts): readonly string[] {
  return endpoint.virtualIPs.map(
    ({ address, family }) =>
      `${facts.ip ?? '/bin/ip'} addr del ${address}/${family === 'ipv4' ? 32 : 128} dev ${facts.interface}`,
  );
}

/**
 * Line of keepalived's unit, once the VIPs are off: the other nodes learn at once that this one holds nothing any more. The same
 * whether the script is there or not, because another unit is a restart.
 */
export function holdsNothing({ endpoint }: ClusterSpec): string {
  const vips = endpoint.virtualIPs.map(({ address }) => address).join(' ');
  return `ExecStopPost=-/bin/sh -c '[ ! -f ${paths.supportScript} ] || for vip in ${vips}; do ${paths.supportScript} $$vip; done'`;
}

/** Line of keepalived's unit: before keepalived hears anything, the guard stands. Without it the VIPs are still worth having. */
export const guardFirst = `ExecStartPre=-/bin/sh -c '[ ! -f ${paths.guard} ] || ! command -v nft >/dev/null || nft -f ${paths.guard}'`;
