import { ended, type Ended, type Outcome } from '../../act/outcome.ts';
import { rolloutOf, underLock, type ActOptions } from '../../act/session.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import { holdersOf } from '../../cluster/state.ts';
import { systemClock } from '../../core/clock.ts';
import { hasErrors, type Finding } from '../../core/finding.ts';
import { observe } from '../../observe/once/observe.ts';
import { lookAtCertificates } from './look.ts';
import { planRenewal, type RenewalPlan } from './plan.ts';
import { visit } from './visit.ts';

export interface RenewOptions extends ActOptions {
  /** Also certificates that are less than a day old. */
  readonly all: boolean;
  /** Asked with what is to be done before anything changes; false ends it with nothing changed. */
  readonly confirm: (plan: RenewalPlan) => Promise<boolean>;
}

/** Looks and plans; changes nothing. Findings that are errors would stop it. */
export async function planRenewalOf(
  spec: ClusterSpec,
  { hosts, all, signal }: Pick<RenewOptions, 'hosts' | 'all' | 'signal'>,
): Promise<{ readonly plan: RenewalPlan; readonly findings: readonly Finding[] }> {
  const [views, state] = await Promise.all([lookAtCertificates(spec, hosts, signal), observe(spec, hosts)]);
  const holders = new Set(spec.endpoint.virtualIPs.flatMap(({ address }) => holdersOf(state, address)));
  return planRenewal(spec, views, { all, holders });
}

/**
 * Gives all certificates of kubeadm a new end, node by node: a node that is visited has no VIP and gets no connections, and the
 * next is visited when all is well again. Running it again after an interruption anywhere finishes it.
 */
export async function renewCertificates(spec: ClusterSpec, options: RenewOptions): Promise<Outcome<RenewalPlan>> {
  return underLock<RenewalPlan>(options.hosts, { verb: 'renew' }, options, async ({ owner }) => {
    const { clock = systemClock, hosts, signal } = options;
    const { plan, findings } = await planRenewalOf(spec, options);
    if (hasErrors(findings)) return ended('failed', plan, findings);
    if (plan.visits.length === 0) return ended('unchanged', plan, findings);
    if (!(await options.confirm(plan))) return ended('declined', plan, findings);
    const renewing = { rollout: rolloutOf(spec, options, owner), clock, hosts };
    for (const [index, each] of plan.visits.entries()) {
      if (signal.aborted) return interrupted(plan, index);
      const problems = await visit(renewing, each);
      if (problems.length > 0) return ended('failed', plan, problems);
    }
    return ended('applied', plan, findings);
  });
}

function interrupted(plan: RenewalPlan, index: number): Ended<RenewalPlan> {
  const left = plan.visits.slice(index).map(({ node }) => node);
  return ended('failed', plan, [
    { rule: 'interrupted', severity: 'error', message: `stopped before ${left.join(', ')}; run it again to finish` },
  ]);
}
