import { ended as endedAs, type Ended, type Outcome } from '../../act/outcome.ts';
import { attempt, failureOf, pass } from '../../act/rollout/step.ts';
import { rolloutOf, underLock, type ActOptions } from '../../act/session.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import { systemClock } from '../../core/clock.ts';
import { hasErrors, type Finding } from '../../core/finding.ts';
import type { Host } from '../../host/host.ts';
import { holderGate } from '../../judge/gate.ts';
import type { Locked } from '../../lock/lock.ts';
import { observe } from '../../observe/once/observe.ts';
import { kubeadmEnd } from '../../up/kubeadm-end.ts';
import { snapshotOn } from '../etcd/snapshot.ts';
import { checkUpgrade, importImages } from './commands.ts';
import { knownVersions, lookAtVersions } from './look.ts';
import type { VersionPlan, VersionStep } from './model.ts';
import { planVersion } from './plan.ts';
import { leftAlone } from './problems.ts';
import { drainedNodes, versionObstacles, type Wanted } from './refuse.ts';
import type { Upgrading } from './upgrading.ts';
import { visitNode } from './visit.ts';

/** What an upgrade of Kubernetes is given. */
export interface VersionOptions extends ActOptions {
  /** Of the workers; `hosts` are those of the control plane. */
  readonly workers: readonly Host[];
  readonly wanted: Wanted;
  readonly keepPods: boolean;
  /** Asked with all that is to be done before anything changes; false ends it with nothing changed. */
  readonly confirm: (planned: PlannedVersion) => Promise<boolean>;
}

export interface PlannedVersion {
  readonly plan: VersionPlan;
  readonly findings: readonly Finding[];
}

/** Looks and plans; changes nothing. Findings that are errors would stop it. */
export async function planVersionOf(
  spec: ClusterSpec,
  { hosts, workers, wanted, signal }: Pick<VersionOptions, 'hosts' | 'workers' | 'wanted' | 'signal'>,
): Promise<PlannedVersion> {
  const [views, state] = await Promise.all([
    lookAtVersions(spec, [...hosts, ...workers], wanted.folder, wanted.version, signal),
    observe(spec, hosts),
  ]);
  const plan = planVersion(spec, views, state, wanted.version);
  const drained = plan.steps.length === 0 ? [] : drainedNodes(state);
  return { plan, findings: [...versionObstacles(spec, views, wanted), ...drained] };
}

/**
 * Brings a cluster that kubeadm made to another version of Kubernetes, node by node and behind the endpoint: lock, look, plan,
 * confirm, a snapshot of etcd, then a visit to each node. The first failure ends it. Running it again after an interruption
 * anywhere finishes the work; on a cluster that has the version nothing is touched but the lock.
 */
export async function upgradeKubernetes(spec: ClusterSpec, options: VersionOptions): Promise<Outcome<VersionPlan>> {
  const machines = [...options.hosts, ...options.workers];
  const action = { verb: 'upgrade-kubernetes', to: options.wanted.version } as const;
  return underLock(machines, action, options, async (locked) => underOurLock(spec, options, locked));
}

async function underOurLock(
  spec: ClusterSpec,
  options: VersionOptions,
  { owner }: Locked,
): Promise<Ended<VersionPlan>> {
  const planned = await planVersionOf(spec, options);
  const { plan, findings } = planned;
  if (hasErrors(findings)) return endedAs('failed', plan, findings);
  if (plan.steps.length === 0) return endedAs('unchanged', plan, findings);
  if (!(await options.confirm(planned))) return endedAs('declined', plan, findings);

  const { clock = systemClock, wanted, keepPods, signal } = options;
  const hosts = [...options.hosts, ...options.workers];
  const rollout = rolloutOf(spec, options, owner);
  const upgrading: Upgrading = {
    rollout: { ...rollout, hostOf: rolloutOf(spec, { ...options, hosts }, owner).hostOf },
    clock,
    wanted,
    keepPods,
    look: async (names) => {
      const asked = hosts.filter(({ name }) => names.includes(name));
      return knownVersions(await lookAtVersions(spec, asked, wanted.folder, wanted.version));
    },
  };
  for (const [index, step] of plan.steps.entries()) {
    const left = plan.steps.slice(index);
    if (signal.aborted) return endedAs('failed', plan, [...findings, interrupted(left.length)]);
    const problems = await carryOut(upgrading, step);
    if (hasErrors(problems)) return endedAs('failed', plan, [...findings, ...problems, ...untouched(left.slice(1))]);
  }
  const { plan: rest } = await planVersionOf(spec, options);
  return rest.steps.length === 0
    ? endedAs('applied', plan, findings)
    : endedAs('failed', plan, [...findings, ...rest.steps.map(tookNoEffect)]);
}

async function carryOut(upgrading: Upgrading, step: VersionStep): Promise<readonly Finding[]> {
  const { rollout, clock, wanted } = upgrading;
  const { spec, owner } = rollout;
  switch (step.kind) {
    case 'wait': {
      // How it ended is on the node: the visit goes on from there.
      const { how } = await kubeadmEnd(rollout, clock, step.node);
      return how === 'interrupted' ? [leftAlone(step.node)] : [];
    }
    case 'images':
      return bringImages(upgrading);
    case 'check': {
      const command = checkUpgrade(owner.token, spec, wanted.folder, wanted.version);
      return failureOf(await attempt(rollout, step.node, command), 'version-refused');
    }
    case 'snapshot':
      return keepSnapshot(upgrading, step.node);
    default: {
      const held = spec.endpoint.virtualIPs.map(({ address }) => holderGate(address));
      const none = await pass(rollout, 'cluster', held);
      return none.length > 0 ? none : visitNode(upgrading, step);
    }
  }
}

/** The way back: kubeadm has none. */
async function keepSnapshot({ rollout, wanted }: Upgrading, node: string): Promise<readonly Finding[]> {
  const what = 'take a snapshot of etcd';
  rollout.onEvent({ node, what, kind: 'begin' });
  const taken = await snapshotOn(rollout.spec, rollout.hostOf(node), {
    before: wanted.version,
    signal: rollout.signal,
  });
  if (taken.ok) {
    rollout.onEvent({ node, what, kind: 'done', detail: taken.value.path });
    return [];
  }
  const findings = taken.error.map((finding): Finding => ({ ...finding, rule: 'version-no-snapshot' }));
  rollout.onEvent({ node, what, kind: 'failed', detail: findings.map(({ message }) => message).join('; ') });
  return findings;
}

/** One machine after the other: disks and processors that are busy slow etcd down. */
async function bringImages({ rollout, wanted }: Upgrading): Promise<readonly Finding[]> {
  const { spec, owner } = rollout;
  for (const { name } of [...spec.nodes, ...spec.workers]) {
    const imported = await attempt(rollout, name, importImages(owner.token, wanted.folder));
    if (!imported.ok) return failureOf(imported, 'version-step-failed');
  }
  return [];
}

function interrupted(left: number): Finding {
  return {
    rule: 'interrupted',
    severity: 'error',
    message: `stopped with ${left} ${left === 1 ? 'step' : 'steps'} left; run it again to finish`,
  };
}

function untouched(left: readonly VersionStep[]): readonly Finding[] {
  const nodes = left.flatMap((step) => (step.kind === 'visit' ? [step.node] : []));
  return nodes.length === 0
    ? []
    : [{ rule: 'upgrade-stopped', severity: 'info', message: `not visited: ${nodes.join(', ')}` }];
}

function tookNoEffect(step: VersionStep): Finding {
  return {
    rule: 'step-without-effect',
    severity: 'error',
    ...('node' in step && { node: step.node }),
    message: `the step "${step.kind}" ended well, and is still to be done`,
    suggestion: 'See the journal of the kubelet on the node; then run it again.',
  };
}
