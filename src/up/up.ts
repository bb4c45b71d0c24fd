import { ended as endedAs, type Ended, type Outcome } from '../act/outcome.ts';
import { planCluster, type Planned } from '../act/plan-cluster.ts';
import { applyLocked } from '../act/verbs/apply.ts';
import { pass } from '../act/rollout/step.ts';
import { rolloutOf, underLock } from '../act/session.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import { systemClock } from '../core/clock.ts';
import { hasErrors, type Finding } from '../core/finding.ts';
import { holderGate } from '../judge/gate.ts';
import type { Locked } from '../lock/lock.ts';
import { isEmpty } from '../plan/plan.ts';
import { wantedFiles } from '../plan/wanted.ts';
import { lookAtMachines } from './look.ts';
import { balance, seeBalancers } from './balance.ts';
import { leave } from './leave.ts';
import { leaveFindings, seeLeavers } from './leavers.ts';
import type { EndpointState, Leaver, MachineView, UpPlan, UpStep, UpStepKind } from './model.ts';
import { isMember, knownViews, planUp, type Known } from './plan.ts';
import type { PlannedUp, UpOptions } from './options.ts';
import { obstacles } from './refuse.ts';
import { ended, init, join, reset, serving, type Making } from './steps.ts';
import { whenReady } from './ready.ts';

type Looking = Pick<UpOptions, 'hosts' | 'workers' | 'signal' | 'reach' | 'without' | 'leave'>;

/** Looks and plans; changes nothing. Findings that are errors would stop it. */
export async function planUpOf(
  spec: ClusterSpec,
  { hosts, workers, signal, reach, without, leave: asked }: Looking,
  { underWay = false } = {},
): Promise<PlannedUp> {
  const [views, planned] = await Promise.all([
    lookAtMachines(spec, [...hosts, ...workers], signal),
    planCluster(spec, hosts, { signal, reach, without, acquainted: without }),
  ]);
  const leavers = await seeLeavers(spec, views, { reach, without, leave: asked });
  const wanted = wantedFiles(spec, planned.state);
  const balancers = await seeBalancers(spec, views, workers, wanted.ok ? wanted.value.timers : undefined);
  return {
    plan: planUp(spec, views, endpointState(spec, planned), { leavers, balancers }),
    endpoint: planned.plan,
    views,
    leavers,
    balancers,
    findings: [
      ...withoutRepeats(planned.findings, views, leavers),
      ...obstacles(spec, views),
      ...leaveFindings(spec, views, leavers, underWay),
    ],
  };
}

/** A machine that cannot be reached is told of once, and of one that is no node yet it goes without saying that it has no CA. */
function withoutRepeats(
  findings: readonly Finding[],
  views: readonly MachineView[],
  leavers: readonly Leaver[],
): readonly Finding[] {
  const told = new Set(leavers.filter(({ remains }) => remains === undefined).map(({ machine }) => machine));
  const unseen = new Set(views.filter(({ seen }) => !seen.known).map(({ node }) => node));
  const notYetNodes = new Set(
    knownViews(views)
      .filter((view) => !isMember(view))
      .map(({ node }) => node),
  );
  return findings.filter(
    ({ rule, node = '' }) =>
      !(rule === 'node-unreachable' && unseen.has(node)) &&
      !(rule === 'leaver-unreachable' && told.has(node)) &&
      !(rule === 'ca-missing' && notYetNodes.has(node)),
  );
}

function endpointState(spec: ClusterSpec, { plan, state }: Planned): EndpointState {
  const runs = spec.nodes.every(({ name }) => {
    const seen = state.nodes.find(({ node }) => node === name)?.seen;
    return seen?.known === true && seen.value.haproxy.active === 'active' && seen.value.keepalived.active === 'active';
  });
  // Who holds the VIPs at this moment is no state to plan by: they may be on their way.
  if (!runs) return 'missing';
  if (plan?.nodes.some(({ kind }) => kind === 'retire' || kind === 'remove') === true) return 'leaving';
  return plan && isEmpty(plan) ? 'in-sync' : 'outdated';
}

/**
 * From machines with SSH to a control plane behind the VIPs: lock, look, plan, confirm, then one step after the other, each from
 * what the machines say after the one before. Running it again after an interruption anywhere finishes the work; on a cluster
 * that runs, nothing is touched but the lock.
 */
export async function up(spec: ClusterSpec, options: UpOptions): Promise<Outcome<UpPlan>> {
  const machines = [...options.hosts, ...options.workers];
  const outcome = await underLock(machines, { verb: 'up' }, options, async (locked) => upLocked(spec, options, locked));
  if (outcome.outcome !== 'applied' && outcome.outcome !== 'unchanged') return outcome;
  // After the lock: while it is held, the nodes apply no add-ons, and a network plugin may be one.
  const waits = await whenReady(spec, options, outcome.outcome === 'applied');
  return { ...outcome, findings: [...outcome.findings, ...waits] };
}

async function upLocked(spec: ClusterSpec, options: UpOptions, locked: Locked): Promise<Ended<UpPlan>> {
  const planned = await planUpOf(spec, options);
  const { plan, findings } = planned;
  if (hasErrors(findings)) return endedAs('failed', plan, findings);
  if (plan.steps.length === 0) return endedAs('unchanged', plan, findings);
  if (!(await options.confirm(planned))) return endedAs('declined', plan, findings);

  let next = planned;
  let last: UpStep | undefined;
  for (;;) {
    const [step] = next.plan.steps;
    if (hasErrors(next.findings)) return endedAs('failed', plan, next.findings);
    if (!step) return endedAs('applied', plan, next.findings);
    if (last && last.kind === step.kind && last.node === step.node)
      return endedAs('failed', plan, [...next.findings, tookNoEffect(step)]);
    if (options.signal.aborted) return endedAs('failed', plan, [...next.findings, interrupted(next.plan)]);
    const problems = await carryOut(spec, options, locked, step, next);
    if (hasErrors(problems)) return endedAs('failed', plan, [...next.findings, ...problems]);
    last = step;
    next = await planUpOf(spec, options, { underWay: true });
  }
}

type Act = (making: Making, step: UpStep, look: () => Promise<readonly Known[]>) => Promise<readonly Finding[]>;

const acts: Readonly<Record<Exclude<UpStepKind, 'endpoint' | 'verify'>, Act>> = {
  wait: ended,
  reset,
  init,
  serving,
  join,
  balance,
  leave,
};

async function carryOut(
  spec: ClusterSpec,
  options: UpOptions,
  locked: Locked,
  step: UpStep,
  { views, leavers, balancers }: PlannedUp,
): Promise<readonly Finding[]> {
  if (step.kind === 'endpoint' || step.kind === 'verify') {
    // What it does was confirmed with the rest.
    const { without, reach } = options;
    const reached = { without, reach, acquainted: without };
    const { findings } = await applyLocked(spec, { ...options, ...reached, confirm: async () => true }, locked);
    return findings.filter(({ severity }) => severity === 'error');
  }
  const there =
    step.kind === 'leave' ? leavers.filter(({ node, remains }) => node === step.node && remains === 'node') : [];
  const away = there.map(({ machine, address = '' }) => options.reach({ name: machine, address }));
  const refused = await locked.extend(away);
  if (refused.length > 0) return refused;
  const hosts = [...options.hosts, ...options.workers, ...away];
  const rollout = rolloutOf(spec, { ...options, hosts }, locked.owner);
  const { clock = systemClock } = options;
  if (step.kind === 'init' || step.kind === 'join' || step.kind === 'balance') {
    // kubeadm reaches the cluster through them. After a run that was killed the programs may just have been started.
    const held = spec.endpoint.virtualIPs.map(({ address }) => holderGate(address));
    const none = await pass(rolloutOf(spec, options, locked.owner), 'cluster', held);
    if (none.length > 0) return none;
  }
  const look = async (): Promise<readonly Known[]> => knownViews(await lookAtMachines(spec, hosts));
  const lockAgain = async (): Promise<readonly Finding[]> => locked.extend(away);
  const plan = async (): Promise<PlannedUp> => planUpOf(spec, options, { underWay: true });
  return acts[step.kind]({ rollout, clock, views: knownViews(views), leavers, balancers, lockAgain, plan }, step, look);
}

function tookNoEffect({ kind, node }: UpStep): Finding {
  return {
    rule: 'step-without-effect',
    severity: 'error',
    ...(node !== undefined && { node }),
    message: `the step "${kind}" ended well, and is still to be done`,
    suggestion: 'See the journal of the kubelet on the node; then run it again.',
  };
}

function interrupted({ steps }: UpPlan): Finding {
  return {
    rule: 'interrupted',
    severity: 'error',
    message: `stopped with ${steps.length} steps left; run it again to finish`,
  };
}
