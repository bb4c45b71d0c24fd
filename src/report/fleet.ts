import type { ClusterStatus } from '../judge/status.ts';
import type { Diagnosis } from '../judge/diagnosis.ts';
import type { Finding } from '../core/finding.ts';
import type { Plan } from '../plan/model.ts';
import { isEmpty } from '../plan/plan.ts';
import { fittedTable, table } from './table.ts';

function errorsIn(findings: readonly Finding[]): number {
  return findings.filter(({ severity }) => severity === 'error').length;
}

function counted(count: number, name: string): string[] {
  return count === 0 ? [] : [`${count} ${name}${count === 1 ? '' : 's'}`];
}

function problems(findings: readonly Finding[]): string {
  const errors = errorsIn(findings);
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  return [...counted(errors, 'error'), ...counted(warnings, 'warning')].join(', ') || 'none';
}

export interface FleetPlan {
  readonly cluster: string;
  readonly plan: Plan | undefined;
  readonly findings: readonly Finding[];
}

/** One line for each cluster: what apply would do. */
export function fleetPlanText(plans: readonly FleetPlan[]): string {
  return table(
    ['CLUSTER', 'PLAN', 'HASH', 'FINDINGS'],
    plans.map(({ cluster, plan, findings }) => [
      cluster,
      errorsIn(findings) > 0 || !plan
        ? 'cannot be carried out'
        : isEmpty(plan)
          ? 'nothing to do'
          : `${plan.bootstrap ? 'set up' : 'change'} ${[...new Set(plan.nodes.map(({ node }) => node))].join(' ')}`,
      plan && !isEmpty(plan) ? plan.hash : '–',
      problems(findings),
    ]),
  );
}

/**
 * One line for each cluster, in the order that they have: verdict, who holds its VIPs, how many nodes were seen and are as the
 * file says.
 */
export function fleetStatusText(
  clusters: readonly { readonly status: ClusterStatus; readonly diagnosis: Diagnosis }[],
  width = Infinity,
): string {
  return fittedTable(
    ['CLUSTER', 'VERDICT', 'HOLDERS', 'NODES SEEN', 'AS WANTED', 'FINDINGS'],
    clusters.map(({ status: { cluster, virtualIPs, state, files, findings }, diagnosis }) => [
      cluster,
      diagnosis.verdict,
      virtualIPs
        .map(({ address, holders }) => `${address} ${holders.length === 0 ? 'no holder seen' : holders.join(' AND ')}`)
        .join(', '),
      `${state.nodes.filter(({ seen }) => seen.known).length}/${state.nodes.length}`,
      `${Object.values(files).filter((file) => file === 'as wanted').length}/${state.nodes.length}`,
      problems(findings),
    ]),
    width,
  );
}
