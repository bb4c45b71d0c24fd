import type { ClusterSpec, NodeSpec } from '../cluster/spec.ts';
import type { ClusterState, NodeSeen } from '../cluster/state.ts';
import type { Finding } from '../core/finding.ts';
import { paths } from '../node/paths.ts';
import { macOf, unheard } from '../observe/once/facts.ts';
import { fileSetOf } from '../render/file-set.ts';

/** What keeps the guard from running, or would make it keep a peer out. */
export function guardable(spec: ClusterSpec, node: NodeSpec, seen: NodeSeen, state: ClusterState): readonly Finding[] {
  if (spec.guard === 'off') return [];
  const { able } = seen.guard;
  const unavailable: readonly Finding[] =
    able.known && able.value
      ? []
      : [
          {
            rule: 'guard-unavailable',
            severity: 'warning',
            message: `the guard does not run: ${able.known ? 'nft is not installed' : able.reason}`,
            reason: 'Any machine of the segment can take the VIPs away by adverts in the name of another node.',
            suggestion: 'Install nftables on the node, then run `k8s-ha apply`; or set `guard: off`.',
          },
        ];
  return [...unavailable, ...(spec.guard === 'macs' ? otherwise(spec, node, seen, state) : [])];
}

function otherwise(spec: ClusterSpec, node: NodeSpec, seen: NodeSeen, state: ClusterState): readonly Finding[] {
  return spec.nodes.flatMap((peer): Finding[] => {
    const found = state.nodes.find((entry) => entry.node === peer.name)?.seen;
    const mac = found?.known === true && peer.name !== node.name ? macOf(peer, found.value) : undefined;
    const answers = seen.neighbours[peer.address];
    if (mac === undefined || answers === undefined || answers === mac) return [];
    return [
      {
        rule: 'mac-seen-otherwise',
        severity: 'error',
        message: `${peer.name} has the hardware address ${mac}, and here ${answers} answers for ${peer.address}`,
        reason: 'The guard would not let its adverts in, and both nodes would hold a VIP.',
        suggestion: 'If the network rewrites hardware addresses: `guard: addresses`. Otherwise see who answers.',
      },
    ];
  });
}

/** What keeps a node from what `failover.keepConnections` wants of it; asked only where it does. */
export function keepable(_spec: ClusterSpec, _node: NodeSpec, { keepable: able }: NodeSeen): readonly Finding[] {
  if (able === undefined || (able.known && able.value)) return [];
  return [
    {
      rule: 'connections-not-keepable',
      severity: 'error',
      message: `the node cannot keep connections over planned moves: ${able.known ? 'nft is not installed' : able.reason}`,
      suggestion: 'Install nftables on the node, or remove `failover.keepConnections`.',
    },
  ];
}

/** What is wrong with the guard of a node right now. */
export function guardFindings(node: string, seen: NodeSeen): readonly Finding[] {
  const { able, loaded, dropped } = seen.guard;
  const changed = unheard(seen);
  const wanted = seen.files.some(({ path }) => path === paths.guard)
    ? fileSetOf(node, seen.files)?.guardRevision
    : undefined;
  const findings: Finding[] = [];
  if (changed)
    findings.push({
      rule: 'mac-changed',
      severity: 'error',
      node,
      message: `${changed.expected.interface} has the hardware address ${changed.mac}, and the other nodes hear this one from ${changed.expected.mac} alone: it takes no VIP`,
      suggestion: 'Run `k8s-ha apply`.',
    });
  if (wanted !== undefined && loaded !== wanted && able.known && able.value && seen.keepalived.active === 'active')
    findings.push({
      rule: 'guard-not-loaded',
      severity: 'warning',
      node,
      message:
        loaded === undefined
          ? 'the guard is not loaded: somebody flushed the rules of nft'
          : 'the guard that is loaded is not the one of the file',
      suggestion: 'Run `k8s-ha apply`: no VIP moves.',
    });
  if (dropped > 0)
    findings.push({
      rule: 'adverts-dropped',
      severity: 'warning',
      node,
      message: `the guard has dropped ${dropped} adverts that none of the other nodes sent`,
      suggestion: 'See who sends them: tcpdump -eni INTERFACE ip proto 112.',
    });
  return findings;
}
