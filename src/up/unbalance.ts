import type { Outcome } from '../act/outcome.ts';
import { endedBy } from '../act/outcome.ts';
import { rolloutOf, underLock, type ActOptions } from '../act/session.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import { systemClock } from '../core/clock.ts';
import type { Finding } from '../core/finding.ts';
import type { Host } from '../host/host.ts';
import { balance, seeBalancers } from './balance.ts';
import { lookAtMachines } from './look.ts';
import { knownViews } from './plan.ts';

/**
 * Before the endpoint goes: kubelets of workers look for the API where kubeadm told them to, and HAProxy and everything of ours
 * leaves the workers.
 */
export async function unbalance(
  spec: ClusterSpec,
  options: ActOptions & { readonly workers: readonly Host[] },
): Promise<Outcome<undefined>> {
  const { workers, clock = systemClock } = options;
  const hosts = [...options.hosts, ...workers];
  const plain: ClusterSpec = { ...spec, kubernetes: { ...spec.kubernetes, workerBalancer: 'vip' } };
  return underLock(hosts, { verb: 'remove' }, options, async ({ owner }) => {
    const views = await lookAtMachines(plain, hosts);
    const balancers = await seeBalancers(plain, views, workers, undefined);
    const rollout = rolloutOf(plain, { ...options, hosts }, owner);
    const findings: Finding[] = [];
    for (const { node } of balancers)
      findings.push(
        ...(await balance({ rollout, clock, views: knownViews(views), balancers }, { kind: 'balance', node })),
      );
    return endedBy<undefined>(undefined, findings);
  });
}
