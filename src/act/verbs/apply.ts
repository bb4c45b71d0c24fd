import type { ClusterSpec } from '../../cluster/spec.ts';
import { hasErrors, type Finding } from '../../core/finding.ts';
import type { Locked } from '../../lock/lock.ts';
import type { Plan } from '../../plan/model.ts';
import { isEmpty } from '../../plan/plan.ts';
import type { Reach } from '../members.ts';
import { ended, endedBy, type Ended, type Outcome } from '../outcome.ts';
import { planCluster, type Planned } from '../plan-cluster.ts';
import { rollOut } from '../rollout/rollout.ts';
import type { Rollout } from '../rollout/step.ts';
import { lacksSupplies, supply } from '../rollout/supply.ts';
import { rolloutOf, underLock, type ActOptions } from '../session.ts';

export interface ApplyOptions extends ActOptions, Reach {
  /** Asked with the plan before anything changes; false ends it with nothing changed. */
  readonly confirm: (plan: Plan, findings: readonly Finding[]) => Promise<boolean>;
}

/**
 * Brings the cluster to what the file says: lock, observe, plan, confirm, install, roll out, release. Running it again after
 * an interruption anywhere finishes the work; when there is nothing to do, nothing is touched but the lock.
 */
export async function apply(spec: ClusterSpec, options: ApplyOptions): Promise<Outcome<Plan>> {
  const { hosts, without = [] } = options;
  const taken = hosts.filter(({ name }) => !without.includes(name));
  return underLock(taken, { verb: 'apply' }, options, async (locked) => applyLocked(spec, options, locked));
}

/** The same for one who holds the lock of all these nodes. */
export async function applyLocked(spec: ClusterSpec, options: ApplyOptions, locked: Locked): Promise<Ended<Plan>> {
  const { hosts, signal, without = [], acquainted = [], reach } = options;
  const reached = { without, acquainted, ...(reach && { reach }) };
  const planned = await planCluster(spec, hosts, { ...reached, signal });
  const leavers = planned.hosts.filter((host) => !hosts.includes(host));
  const refused = await locked.extend(leavers);
  if (refused.length > 0) return ended('failed', planned.plan, [...planned.findings, ...refused]);
  if (!planned.plan || hasErrors(planned.findings)) return ended('failed', planned.plan, planned.findings);
  if (isEmpty(planned.plan)) return ended('unchanged', planned.plan, planned.findings);
  if (!(await options.confirm(planned.plan, planned.findings)))
    return ended('declined', planned.plan, planned.findings);

  const rollout = rolloutOf(spec, { ...options, hosts: planned.hosts }, locked.owner, planned.state);
  const missing = await install(rollout, planned);
  if (missing.length > 0) return ended('failed', planned.plan, [...planned.findings, ...missing]);
  // What was installed decides what is rendered: look and plan again.
  const final = planned.plan.nodes.some(lacksSupplies) ? await planCluster(spec, hosts, reached) : planned;
  if (!final.plan || hasErrors(final.findings)) return ended('failed', final.plan, final.findings);
  return endedBy(final.plan, await rollOut(rollout, final.plan, final.state), final.findings);
}

/** Installs what nodes lack. @returns what failed */
async function install(rollout: Rollout, { plan }: Planned): Promise<readonly Finding[]> {
  const lacking = (plan?.nodes ?? []).filter(lacksSupplies);
  return (await Promise.all(lacking.map(async (node) => supply(rollout, node)))).flat();
}
