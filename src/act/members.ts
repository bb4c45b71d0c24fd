import type { ClusterSpec } from '../cluster/spec.ts';
import type { ClusterState } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';
import type { Host } from '../host/host.ts';
import { observe } from '../observe/once/observe.ts';
import { membershipOf } from '../plan/membership.ts';
import { rekeyedVips } from '../plan/rekey.ts';
import type { NodeFileSet } from '../render/render.ts';
import type { Member } from '../render/shape.ts';

/** How nodes are reached that the cluster file does not name, and which nodes are left as they are. */
export interface Reach {
  /** Connects to a node that leaves, the way the cluster file says for all nodes. */
  readonly reach?: (member: Member) => Host;
  /** Names of nodes that are dead, and that the rollout leaves as they are. */
  readonly without?: readonly string[];
  /** Names that need not be those of nodes that the endpoint knows. */
  readonly acquainted?: readonly string[];
}

export interface Leavers {
  readonly hosts: readonly Host[];
  readonly state: ClusterState;
  readonly findings: readonly Finding[];
}

/** Looks at the nodes that the running ones know and the cluster file does not name any more. */
export async function seeLeavers(
  spec: ClusterSpec,
  sets: readonly NodeFileSet[],
  state: ClusterState,
  { reach, without = [], acquainted = [] }: Reach,
): Promise<Leavers> {
  const { leaving } = membershipOf(sets, state);
  const named = ({ name, address }: Member): boolean => without.includes(name) || without.includes(address);
  const known = [...acquainted, ...[...spec.nodes, ...leaving].flatMap(({ name, address }) => [name, address])];
  const strangers = without.filter((name) => !known.includes(name)).map((name) => stranger(name, spec));
  if (!reach || leaving.length === 0) return { hosts: [], state: { nodes: [] }, findings: strangers };
  const hosts = leaving.map(reach);
  const seen = await observe(spec, hosts);
  const findings = leaving.flatMap((member): Finding[] => {
    const found = seen.nodes.find(({ node }) => node === member.name)?.seen;
    if (found?.known === true) return [];
    return [named(member) ? leftForDead(member) : unreachable(member, found?.reason ?? 'it was not looked at')];
  });
  const reached = seen.nodes.filter((one) => one.seen.known);
  return {
    hosts: hosts.filter(({ name }) => reached.some(({ node }) => node === name)),
    state: { nodes: reached },
    findings: [
      ...strangers,
      ...findings,
      ...(rekeyedVips(sets, state).length > 0 && reached.length > 0 ? [twoSteps()] : []),
    ],
  };
}

function stranger(name: string, spec: ClusterSpec): Finding {
  return {
    rule: 'unknown-node',
    severity: 'error',
    message: `--without ${name}: no node of the cluster has this name or address`,
    suggestion: `Its nodes are ${spec.nodes.map((node) => node.name).join(', ')}.`,
  };
}

function unreachable({ name, address }: Member, reason: string): Finding {
  return {
    rule: 'leaver-unreachable',
    severity: 'error',
    node: name,
    message: `it is not in the cluster file any more, the other nodes still know it (${address}), and it cannot be asked: ${reason}`,
    reason: 'If it runs after the others have forgotten it, it hears nobody and takes every VIP.',
    suggestion: `Fix the connection; or, if that machine is off for good: --without ${name}.`,
  };
}

function leftForDead({ name, address }: Member): Finding {
  return {
    rule: 'left-behind',
    severity: 'warning',
    node: name,
    message: `it leaves without being asked: whatever is on ${address} stays there`,
    reason: 'If that machine comes back as it was, it hears nobody and takes every VIP.',
    suggestion: 'Keep it off, or off this network, until k8s-ha-keepalived.service is disabled on it.',
  };
}

function twoSteps(): Finding {
  return {
    rule: 'too-much-at-once',
    severity: 'error',
    message: 'nodes leave, and virtual router ids change: one rollout cannot do both without a moment of two holders',
    suggestion:
      'Take the nodes out first and apply; then change the name of the cluster, its VIPs or endpoint.virtualRouterId, and apply again.',
  };
}

/**
 * What becomes of nodes that the operator wants to leave as they are. One that answers and runs keepalived is no dead node:
 * with old files it would work against the others.
 */
export function leftOut(state: ClusterState): readonly Finding[] {
  return state.nodes.map(({ node, seen }): Finding =>
    seen.known && seen.value.keepalived.active === 'active'
      ? {
          rule: 'left-out-runs',
          severity: 'error',
          node,
          message: 'it was excluded with --without, but it responds and runs keepalived',
          reason: 'With other files than the others it could take a VIP that they hold.',
          suggestion: 'Apply to it as well, or stop keepalived on it first: systemctl disable --now k8s-ha-keepalived.',
        }
      : {
          rule: 'left-out',
          severity: 'warning',
          node,
          message: seen.known
            ? 'it is left as it is: it keeps its previous files, and keepalived does not run on it'
            : `it is left as it is, unseen: ${seen.reason}`,
          reason: 'When it comes back with its previous files it may not hear the others, and hold a VIP beside them.',
          suggestion:
            'Apply to it as soon as it is back: before it serves, where the membership or a router id changed.',
        },
  );
}
