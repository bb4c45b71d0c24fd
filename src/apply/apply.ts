import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterSpec } from '../cluster/spec.ts';
import type { ClusterState } from '../cluster/state.ts';
import { hasErrors, type Finding } from '../core/finding.ts';
import type { Host } from '../host/host.ts';
import { observe } from '../observe/observe.ts';
import { preflight } from '../observe/preflight.ts';
import { isEmpty, makePlan, type Plan } from '../plan/plan.ts';
import { installCommand } from './commands.ts';
import { waitForGates } from '../observe/gate.ts';
import { newLockOwner, takeLock } from '../lock/lock.ts';
import { rollOut } from './rollout.ts';
import { attempt, type Rollout, type RolloutEvent } from './step.ts';
import { wantedFiles } from './wanted.ts';

export interface ApplyOptions {
  readonly hosts: readonly Host[];
  readonly signal: AbortSignal;
  readonly onEvent: (event: RolloutEvent) => void;
  /** Asked with the plan before anything changes; false ends it with nothing changed. */
  readonly confirm: (plan: Plan, findings: readonly Finding[]) => Promise<boolean>;
  readonly breakLock?: boolean;
}

export interface ApplyResult {
  readonly outcome: 'unchanged' | 'applied' | 'declined' | 'failed';
  readonly plan: Plan | undefined;
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}

/** Observes and plans; changes nothing. Findings that are errors would stop an apply. */
export const planCluster = async (
  spec: ClusterSpec,
  hosts: readonly Host[],
  signal?: AbortSignal,
): Promise<{ plan: Plan | undefined; state: ClusterState; findings: readonly Finding[] }> => {
  const state = await observe(spec, hosts, { wire: true, ...(signal && { signal }) });
  const findings = preflight(spec, state);
  const wanted = wantedFiles(spec, state);
  if (!wanted.ok) return { plan: undefined, state, findings: [...findings, ...wanted.error] };
  return { plan: makePlan(spec, wanted.value.sets, state), state, findings: [...findings, ...wanted.value.findings] };
};

/**
 * Brings the cluster to what the file says: lock, observe, plan, confirm, install, roll out, release. Running it again after
 * an interruption anywhere finishes the work; when there is nothing to do, nothing is touched but the lock.
 */
export const apply = async (spec: ClusterSpec, options: ApplyOptions): Promise<ApplyResult> => {
  const owner = newLockOwner('apply');
  const locked = await takeLock(options.hosts, owner, { breakLock: options.breakLock ?? false });
  if (!locked.ok) return { outcome: 'failed', plan: undefined, findings: locked.error, notes: [] };
  const { notes } = locked.value;
  try {
    let { plan, state, findings } = await planCluster(spec, options.hosts, options.signal);
    if (!plan || hasErrors(findings)) return { outcome: 'failed', plan, findings, notes };
    if (isEmpty(plan)) return { outcome: 'unchanged', plan, findings, notes };
    if (!(await options.confirm(plan, findings))) return { outcome: 'declined', plan, findings, notes };
    const rollout = rolloutOf(spec, options, owner);
    if (plan.nodes.some(({ packages }) => packages.length > 0)) {
      const failed = await install(rollout, plan);
      if (failed.length > 0) return { outcome: 'failed', plan, findings: [...findings, ...failed], notes };
      // What was installed decides what is rendered: look and plan again.
      ({ plan, state, findings } = await planCluster(spec, options.hosts));
      if (!plan || hasErrors(findings)) return { outcome: 'failed', plan, findings, notes };
    }
    const problems = await rollOut(rollout, plan, state);
    return { outcome: problems.length === 0 ? 'applied' : 'failed', plan, findings: [...findings, ...problems], notes };
  } finally {
    await locked.value.release();
  }
};

const install = async (rollout: Rollout, plan: Plan): Promise<readonly Finding[]> => {
  const findings = await Promise.all(
    plan.nodes.map(async ({ node, packages }): Promise<readonly Finding[]> => {
      if (packages.length === 0) return [];
      const outcome = await attempt(rollout, node, installCommand(rollout.owner.token, packages));
      if (outcome.ok) return [];
      return [
        {
          rule: 'install-failed',
          severity: 'error',
          node,
          message: `${outcome.step} failed: ${outcome.error}`,
          suggestion: outcome.suggestion ?? `Install them by hand: apt-get install ${packages.join(' ')}`,
        },
      ];
    }),
  );
  return findings.flat();
};

/** A rollout over these hosts, in the name of the one who holds the lock. */
export const rolloutOf = (
  spec: ClusterSpec,
  { hosts, signal, onEvent }: Pick<ApplyOptions, 'hosts' | 'signal' | 'onEvent'>,
  owner: Rollout['owner'],
): Rollout => {
  const look = async (): Promise<ClusterState> => observe(spec, hosts);
  return {
    spec,
    owner,
    signal,
    onEvent,
    look,
    stamp: new Date().toISOString().replaceAll(/[-:]/g, '').replace(/\..*/, 'Z'),
    hostOf: (node) => {
      const host = hosts.find(({ name }) => name === node);
      if (!host) throw new Error(`no host for ${node}`);
      return host;
    },
    gates: async (node, gates, timeoutMs) => {
      const results = await waitForGates(gates, look, { timeoutMs, now: () => performance.now(), sleep });
      for (const { sentence, passed, lastError, tookMs } of results)
        onEvent({
          node,
          what: sentence,
          kind: passed ? 'gate-passed' : 'gate-failed',
          tookMs,
          ...(lastError !== undefined && { detail: lastError }),
        });
      return results;
    },
  };
};
