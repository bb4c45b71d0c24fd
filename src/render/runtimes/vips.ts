import type { ClusterSpec } from '../../cluster/spec.ts';
import { asksForSupport, supportCommand } from '../support.ts';
import { paths } from '../../node/paths.ts';
import type { NodeFacts } from '../../cluster/timers.ts';

/** Commands that take the VIPs off the node; each fails where the node has not got that one. */
export function vipRemovals({ endpoint }: ClusterSpec, facts: NodeFacts): readonly string[] {
  return endpoint.virtualIPs.map(
    ({ address, family }) =>
      `${facts.ip ?? '/bin/ip'} addr del ${address}/${family === 'ipv4' ? 32 : 128} dev ${facts.interface}`,
  );
}

/** Lines of keepalived's unit, once the VIPs are off: the other nodes learn that this one holds nothing any more. */
export function holdsNothing(spec: ClusterSpec): string {
  return asksForSupport(spec)
    ? spec.endpoint.virtualIPs.map((vip) => `ExecStopPost=-${supportCommand(vip)}\n`).join('')
    : '';
}

/** Line of keepalived's unit: before keepalived hears anything, the guard stands. Without it the VIPs are still worth having. */
export const guardFirst = `ExecStartPre=-/bin/sh -c '[ ! -f ${paths.guard} ] || ! command -v nft >/dev/null || nft -f ${paths.guard}'`;
