import { ended as endedAs, endedBy, type Ended, type Outcome } from '../act/outcome.ts';
import { attempt, failureOf } from '../act/rollout/step.ts';
import { rolloutOf, underLock, type ActOptions } from '../act/session.ts';
import { removeLocked } from '../act/verbs/remove.ts';
import { holdersOf } from '../cluster/state.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import { systemClock } from '../core/clock.ts';
import { hasErrors, type Finding } from '../core/finding.ts';
import type { Host } from '../host/host.ts';
import type { Locked } from '../lock/lock.ts';
import { observe } from '../observe/once/observe.ts';
import { sha256 } from '../render/render.ts';
import { takeDownCommand } from './leave-commands.ts';
import { lookAtMachines } from './look.ts';
import type { MachineView, Role } from './model.ts';
import { isBare, knownViews, type Known } from './plan.ts';
import { ended as kubeadmEnded } from './steps.ts';

/** What `down` is given. */
export interface DownOptions extends ActOptions {
  /** Of the workers; `hosts` are those of the control plane. */
  readonly workers: readonly Host[];
  /** Machines that are off for good. */
  readonly without: readonly string[];
  /** Nodes that `up` did not make go too. */
  readonly notOurs: boolean;
  /** Also purge the packages that were installed for the endpoint. */
  readonly packages: boolean;
  /** Asked with all that goes before anything changes; false ends it with nothing changed. */
  readonly confirm: (planned: PlannedDown) => Promise<boolean>;
}

/** A node is taken off its machine; without one, what is ours goes from all of them. */
export interface DownStep {
  readonly node?: string;
  readonly role?: Role;
}

export interface DownPlan {
  readonly cluster: string;
  readonly steps: readonly DownStep[];
  /** Identifies exactly this plan. */
  readonly hash: string;
}

export interface PlannedDown {
  readonly plan: DownPlan;
  readonly findings: readonly Finding[];
}

/** What there is to take down, from what the machines say. Changes nothing. */
export async function planDownOf(
  spec: ClusterSpec,
  options: Omit<DownOptions, 'confirm' | 'onEvent'>,
): Promise<PlannedDown> {
  return (await planned(spec, options)).said;
}

type Asked = Pick<DownOptions, 'hosts' | 'workers' | 'without' | 'notOurs' | 'signal'>;

async function planned(
  spec: ClusterSpec,
  options: Asked,
): Promise<{ readonly said: PlannedDown; readonly known: readonly Known[] }> {
  const { hosts, workers, signal, without } = options;
  const asked = [...hosts, ...workers].filter(({ name }) => !without.includes(name));
  const [views, state] = await Promise.all([lookAtMachines(spec, asked, signal), observe(spec, asked)]);
  const known = knownViews(views);
  const holds = new Set(spec.endpoint.virtualIPs.flatMap(({ address }) => holdersOf(state, address)));
  const served = state.nodes.some(({ node, seen }) => seen.known && (seen.value.files.length > 0 || holds.has(node)));
  return {
    known,
    said: { plan: planDown(spec, known, served), findings: obstacles(spec, views, known, options) },
  };
}

/** Workers first; then the control plane, the first node last: etcd keeps its majority until then. The endpoint goes at the end. */
export function planDown(spec: ClusterSpec, known: readonly Known[], served: boolean): DownPlan {
  const there = known.filter(({ seen }) => !isBare(seen));
  const of = (role: Role): readonly DownStep[] =>
    there.filter((view) => view.role === role).map(({ node }) => ({ node, role }));
  const steps = [...of('worker'), ...of('control-plane').toReversed(), ...(served || there.length > 0 ? [{}] : [])];
  return { cluster: spec.name, steps, hash: sha256(JSON.stringify(steps)).slice(0, 12) };
}

function obstacles(
  spec: ClusterSpec,
  views: readonly MachineView[],
  known: readonly Known[],
  { without, notOurs }: Asked,
): readonly Finding[] {
  const names = new Set([...spec.nodes, ...spec.workers].map(({ name }) => name));
  const members = known.flatMap(({ seen }) => (seen.members.known ? [seen.members.value] : []))[0] ?? [];
  return [
    ...without.filter((name) => !names.has(name) && !members.some((member) => member.name === name)).map(noSuchNode),
    ...views.flatMap(({ node, seen }) => {
      if (without.includes(node)) return [staysThere(node)];
      return seen.known ? [] : [unseen(node, seen.reason)];
    }),
    ...(notOurs
      ? []
      : known.filter(({ seen }) => seen.joined !== undefined && seen.begun === undefined && !seen.ours).map(notMade)),
    ...members
      .filter(({ name }) => !names.has(name))
      .map(({ name, ours }) => orphan(name, ours && !without.includes(name))),
  ];
}

function noSuchNode(name: string): Finding {
  return { rule: 'unknown-node', severity: 'error', message: `--without ${name}: no node of the file has this name` };
}

function staysThere(node: string): Finding {
  return {
    rule: 'left-behind',
    severity: 'warning',
    node,
    message: 'it is not asked: whatever is on it stays there',
    suggestion: 'Keep it off until `kubeadm reset` was run on it.',
  };
}

function unseen(node: string, reason: string): Finding {
  return {
    rule: 'node-unreachable',
    severity: 'error',
    node,
    message: reason,
    reason: 'A node that is not taken down goes on looking for its cluster.',
    suggestion: `Fix the connection; or, if that machine is off for good: --without ${node}.`,
  };
}

function notMade({ node, seen }: Known): Finding {
  return {
    rule: 'not-made-by-up',
    severity: 'error',
    node,
    message: `it is a node of the cluster at ${seen.joined?.endpoint ?? 'another address'}, and k8s-ha did not make it`,
    reason: '`down` takes back what `up` made; this may be somebody else’s cluster.',
    suggestion: 'If it is to go all the same: --not-ours.',
  };
}

/** One that `up` made may hold a VIP, and goes on beside nothing: it is to go with the others, or before. */
function orphan(node: string, goesOn: boolean): Finding {
  return {
    rule: 'node-not-in-file',
    severity: goesOn ? 'error' : 'warning',
    node,
    message: 'it is a node of the cluster and not in the file: it would lose the others, and stay as it is otherwise',
    suggestion: goesOn
      ? `Put it into the file, or take it out first with \`k8s-ha up\`; or, if it is to stay: --without ${node}.`
      : 'Run `kubeadm reset` on it afterwards.',
  };
}

/**
 * Takes a whole cluster back: kubeadm's part from one machine after the other, then what is ours from all of them. What is done
 * is read from the machines, so that a run that was killed anywhere is finished by the next.
 */
export async function down(spec: ClusterSpec, options: DownOptions): Promise<Outcome<DownPlan>> {
  const machines = [...options.hosts, ...options.workers].filter(({ name }) => !options.without.includes(name));
  return underLock(machines, { verb: 'down' }, options, async (locked) => downLocked(spec, options, locked));
}

async function downLocked(spec: ClusterSpec, options: DownOptions, locked: Locked): Promise<Ended<DownPlan>> {
  const { said, known } = await planned(spec, options);
  const { plan, findings } = said;
  if (hasErrors(findings)) return endedAs('failed', plan, findings);
  if (plan.steps.length === 0) return endedAs('unchanged', plan, findings);
  if (!(await options.confirm(said))) return endedAs('declined', plan, findings);

  const { hosts, workers, without, clock = systemClock } = options;
  const machines = [...hosts, ...workers].filter(({ name }) => !without.includes(name));
  const rollout = rolloutOf(spec, { ...options, hosts: machines }, locked.owner);
  for (const { node } of plan.steps) {
    if (options.signal.aborted) return endedAs('failed', plan, [...findings, interrupted(node)]);
    if (node === undefined)
      return endedBy(plan, await removeLocked(spec, { ...options, hosts: machines }, locked.owner), findings);
    const seen = known.find((view) => view.node === node)?.seen;
    // What a kubeadm that an earlier run started has not ended yet cannot be taken away.
    if (seen?.running === true) await kubeadmEnded({ rollout, clock }, { kind: 'wait', node });
    const taken = await attempt(rollout, node, takeDownCommand(locked.owner.token, { farewell: false }));
    if (!taken.ok) return endedAs('failed', plan, [...findings, ...failureOf(taken, 'take-down-failed')]);
  }
  return endedAs('applied', plan, findings);
}

function interrupted(node: string | undefined): Finding {
  return {
    rule: 'interrupted',
    severity: 'error',
    message: `stopped before ${node ?? 'the endpoint was removed'}; run it again to finish`,
  };
}
