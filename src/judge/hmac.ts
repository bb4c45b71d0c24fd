import type { ClusterSpec } from '../cluster/spec.ts';
import type { ClusterState, NodeSeen } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';
import { ableOf, runningOf, seenOf } from '../observe/once/hmac.ts';
import { hmacWindowSeconds } from '../render/hmac.ts';

/** What keeps a node from signing, or from being heard by nodes that do. */
export function hmacObstacles(
  spec: ClusterSpec,
  node: string,
  seen: NodeSeen,
  state: ClusterState,
): readonly Finding[] {
  if (ableOf(seen)) return spec.keepalived.hmacKey ? clockOff(spec, seen, state) : [];
  const { keepalived } = seen.programs;
  const has = keepalived.known && keepalived.value ? `keepalived ${keepalived.value.join('.')}` : 'no keepalived yet';
  const signs = spec.nodes
    .filter(({ name }) => name !== node)
    .filter(({ name }) => {
      const other = seenOf(state, name);
      return other !== undefined && runningOf(other).some(({ level }) => level > 1);
    })
    .map(({ name }) => name);
  if (signs.length > 0)
    return [
      {
        rule: 'hmac-not-understood',
        severity: 'error',
        message: `it has ${has}, which does not understand the signed adverts of ${signs.join(' and ')}`,
        reason: 'It would hear nobody, and hold the VIPs beside the others.',
        suggestion:
          'Install keepalived 2.4.2 or newer on it first. Or remove `keepalived.hmacKeyFile` and run `k8s-ha apply` without this node until nobody signs.',
      },
    ];
  return spec.keepalived.hmacKey
    ? [
        {
          rule: 'hmac-unavailable',
          severity: 'warning',
          message: `it has ${has}: no node signs its adverts`,
          reason: 'All nodes must understand them: keepalived 2.4.2 or newer does.',
          suggestion: 'Upgrade keepalived on it, or remove `keepalived.hmacKeyFile`. The guard does not need it.',
        },
      ]
    : [];
}

/** A third of what keepalived bears, in milliseconds. */
const clocksApartMs = (hmacWindowSeconds * 1000) / 3;

function clockOff(spec: ClusterSpec, { clock }: NodeSeen, state: ClusterState): readonly Finding[] {
  if (!clock.known) return [];
  const { offsetMs, errorMs } = clock.value;
  const apart = spec.nodes.flatMap(({ name }) => {
    const other = seenOf(state, name)?.clock;
    const ms = other?.known === true ? Math.abs(offsetMs - other.value.offsetMs) - errorMs - other.value.errorMs : 0;
    return ms > clocksApartMs ? [{ name, seconds: Math.round(ms / 1000) }] : [];
  });
  return apart.slice(0, 1).map(({ name, seconds }) => ({
    rule: 'hmac-clocks',
    severity: 'error',
    message: `its clock is ${seconds} s away from that of ${name}`,
    reason: `Nodes whose clocks are more than ${hmacWindowSeconds} s apart do not take each other's signed adverts, and both hold the VIPs.`,
    suggestion: 'Set the clock (timedatectl, chronyc makestep), then run it again.',
  }));
}
