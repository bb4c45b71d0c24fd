import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { ClusterState } from '../../cluster/state.ts';
import { hasErrors, type Finding } from '../../core/finding.ts';
import type { Host } from '../../host/host.ts';
import { observe } from '../../observe/once/observe.ts';
import { preflight } from '../../judge/preflight.ts';
import type { Plan } from '../../plan/model.ts';
import { isEmpty, makePlan } from '../../plan/plan.ts';
import { waitForGates } from '../../judge/gate.ts';
import { newLockOwner, takeLock } from '../../lock/lock.ts';
import { leftOut, seeLeavers, type Reach } from '../members.ts';
import { rollOut } from '../rollout/rollout.ts';
import type { Rollout, RolloutEvent } from '../rollout/step.ts';
import { lacksSupplies, supply } from '../rollout/supply.ts';
import { lossMs, wantedFiles } from '../../plan/wanted.ts';

export interface ApplyOptions extends Reach {
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

export interface Planned {
  readonly plan: Plan | undefined;
  readonly state: ClusterState;
  readonly findings: readonly Finding[];
  /** The nodes that the plan visits, those that leave among them. */
  readonly hosts: readonly Host[];
}

/** Observes and plans; changes nothing. Findings that are errors would stop an apply. */
export async function planCluster(
  spec: ClusterSpec,
  hosts: readonly Host[],
  { signal, ...reach }: Reach & { readonly signal?: AbortSignal } = {},
): Promise<Planned> {
  const taken = hosts.filter(({ name }) => !(reach.without ?? []).includes(name));
  const [state, aside] = await Promise.all([
    observe(spec, taken, { wire: true, ...(signal && { signal }) }),
    observe(
      spec,
      hosts.filter((host) => !taken.includes(host)),
    ),
  ]);
  const wanted = wantedFiles(spec, state);
  if (!wanted.ok) {
    const findings = [...preflight(spec, state), ...leftOut(aside), ...wanted.error];
    return { plan: undefined, state, findings, hosts: taken };
  }
  const { sets, timers } = wanted.value;
  const leavers = await seeLeavers(spec, sets, state, reach);
  const whole = { nodes: [...state.nodes, ...leavers.state.nodes] };
  return {
    plan: makePlan(spec, sets, whole, { lossMs: lossMs(spec, timers) }),
    state: whole,
    // A node that leaves may hold a VIP: it is no stranger on the wire.
    findings: [...preflight(spec, whole), ...leftOut(aside), ...wanted.value.findings, ...leavers.findings],
    hosts: [...taken, ...leavers.hosts],
  };
}

/**
 * Brings the cluster to what the file says: lock, observe, plan, confirm, install, roll out, release. Running it again after
 * an interruption anywhere finishes the work; when there is nothing to do, nothing is touched but the lock.
 */
export async function apply(spec: ClusterSpec, options: ApplyOptions): Promise<ApplyResult> {
  const owner = newLockOwner('apply');
  const { without = [], breakLock = false, signal } = options;
  const reach = { without, ...(options.reach && { reach: options.reach }) };
  const taken = options.hosts.filter(({ name }) => !without.includes(name));
  const locks = [await takeLock(taken, owner, { breakLock })];
  const notes = locks.flatMap((lock) => (lock.ok ? lock.value.notes : []));
  const failed = (planned: Partial<Planned>, findings: readonly Finding[]): ApplyResult => ({
    outcome: 'failed',
    plan: planned.plan,
    findings: [...(planned.findings ?? []), ...findings],
    notes,
  });
  try {
    const [first] = locks;
    if (first?.ok === false) return failed({}, first.error);
    let planned = await planCluster(spec, options.hosts, { ...reach, signal });
    const leavers = planned.hosts.filter((host) => !taken.includes(host));
    const lock = await takeLock(leavers, owner, { breakLock });
    locks.push(lock);
    if (!lock.ok) return failed(planned, lock.error);
    if (!planned.plan || hasErrors(planned.findings)) return failed(planned, []);
    if (isEmpty(planned.plan)) return { outcome: 'unchanged', plan: planned.plan, findings: planned.findings, notes };
    if (!(await options.confirm(planned.plan, planned.findings)))
      return { outcome: 'declined', plan: planned.plan, findings: planned.findings, notes };
    if (planned.plan.nodes.some(lacksSupplies)) {
      const missing = await install(rolloutOf(spec, { ...options, hosts: planned.hosts }, owner), planned.plan);
      if (missing.length > 0) return failed(planned, missing);
      // What was installed decides what is rendered: look and plan again.
      planned = await planCluster(spec, options.hosts, reach);
      if (!planned.plan || hasErrors(planned.findings)) return failed(planned, []);
    }
    const { plan, state, findings } = planned;
    const problems = await rollOut(rolloutOf(spec, { ...options, hosts: planned.hosts }, owner), plan, state);
    return { outcome: problems.length === 0 ? 'applied' : 'failed', plan, findings: [...findings, ...problems], notes };
  } finally {
    for (const lock of locks) if (lock.ok) await lock.value.release();
  }
}

async function install(rollout: Rollout, plan: Plan): Promise<readonly Finding[]> {
  return (await Promise.all(plan.nodes.map(async (node) => supply(rollout, node)))).flat();
}

/** A rollout over these hosts, in the name of the one who holds the lock. */
export function rolloutOf(
  spec: ClusterSpec,
  { hosts, signal, onEvent }: Pick<ApplyOptions, 'hosts' | 'signal' | 'onEvent'>,
  owner: Rollout['owner'],
): Rollout {
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
}
