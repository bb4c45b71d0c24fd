import type { ClusterSpec } from '../cluster/spec.ts';
import { systemClock } from '../core/clock.ts';
import type { Finding } from '../core/finding.ts';
import { lookAtMachines } from './look.ts';
import type { MemberSeen } from './model.ts';
import { knownViews, serves } from './plan.ts';
import type { UpOptions } from './options.ts';

/** A node is Ready when its kubelet runs and a network plugin is there: seconds, and longer where images are fetched. */
const readyMs = 90_000;

const everyMs = 1000;

/**
 * Whether all nodes are Ready, as the cluster itself says; waits for it where something was changed. That a network plugin is
 * still missing is no failure of what was done: a warning.
 */
export async function whenReady(
  spec: ClusterSpec,
  { hosts, signal, onEvent, clock = systemClock }: UpOptions,
  changed: boolean,
): Promise<readonly Finding[]> {
  const names = [...spec.nodes, ...spec.workers].map(({ name }) => name);
  const beganMs = clock.monotonicMs();
  for (;;) {
    const asked = knownViews(await lookAtMachines({ ...spec, workers: [] }, hosts, signal));
    const members = asked.find(serves)?.seen.members;
    const waits = names.flatMap((name) => waitsFor(name, members?.known ? members.value : []));
    const tookMs = clock.monotonicMs() - beganMs;
    if (waits.length === 0) {
      if (changed) onEvent({ node: 'cluster', what: 'every node is Ready', kind: 'gate-passed', tookMs });
      return [];
    }
    if (!changed || tookMs > readyMs || signal.aborted) return waits;
    await clock.sleep(everyMs);
  }
}

function waitsFor(node: string, members: readonly MemberSeen[]): readonly Finding[] {
  const member = members.find(({ name }) => name === node);
  if (member?.ready === true) return [];
  return [
    {
      rule: 'node-not-ready',
      severity: 'warning',
      node,
      message: member
        ? `it is a node of the cluster, and not Ready: ${member.why}`
        : 'no API server tells of this node',
      suggestion:
        'Without a network plugin no node is Ready: put one into the addons folder, or apply it with kubectl.',
    },
  ];
}
