import type { ClusterState } from '../cluster/state.ts';
import { formatMs } from '../core/duration.ts';
import type { Finding } from '../core/finding.ts';

/** etcd warns of less; certificates, tokens and jobs notice when it is minutes. */
const bearableMs = 2000;

/**
 * Nodes whose clock differs from most clocks of the cluster; this machine's is one of them, so that of two nodes it is known which
 * one is wrong. Nothing for a single node: nobody can say which of two clocks is right.
 */
export function clockFindings({ nodes }: ClusterState): readonly Finding[] {
  if (nodes.length < 2) return [];
  const clocks = nodes.flatMap(({ node, seen }) =>
    seen.known && seen.value.clock.known ? [{ node, ...seen.value.clock.value }] : [],
  );
  const sorted = [...clocks, { offsetMs: 0, errorMs: 0 }].toSorted((a, b) => a.offsetMs - b.offsetMs);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? { offsetMs: 0, errorMs: 0 };
  return clocks.flatMap(({ node, offsetMs, errorMs }): Finding[] => {
    const apartMs = offsetMs - middle.offsetMs;
    if (Math.abs(apartMs) <= bearableMs + errorMs + middle.errorMs) return [];
    return [
      {
        rule: 'clock-off',
        severity: 'warning',
        node,
        message: `its clock is ${formatMs(Math.round(Math.abs(apartMs) / 1000) * 1000)} ${apartMs > 0 ? 'ahead of' : 'behind'} the others`,
        reason: 'Certificates, tokens and jobs go by it.',
        suggestion: 'Run chrony or systemd-timesyncd on it.',
      },
    ];
  });
}
