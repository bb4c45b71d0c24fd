import { activateCommand } from '../act/rollout/commands/services.ts';
import { placeCommand, stageCommand } from '../act/rollout/commands/files.ts';
import { removeCommand } from '../act/rollout/commands/remove.ts';
import { attempt, failureOf, pass, type StepOutcome } from '../act/rollout/step.ts';
import { supply } from '../act/rollout/supply.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import type { ClusterState, NodeSeen } from '../cluster/state.ts';
import { assumedFacts, type Timers } from '../cluster/timers.ts';
import { succeeded } from '../core/command.ts';
import type { Finding } from '../core/finding.ts';
import type { Host } from '../host/host.ts';
import { haproxyGate, serversGate } from '../judge/gate.ts';
import { programSeen } from '../observe/once/facts.ts';
import { observe } from '../observe/once/observe.ts';
import { emptyVisit } from '../plan/leave.ts';
import type { NodePlan } from '../plan/model.ts';
import { fileChanges, haproxyAction } from '../plan/node.ts';
import { endpointOf } from '../render/kubeadm.ts';
import type { NodeFileSet } from '../render/render.ts';
import { localServer, renderWorker } from '../render/worker.ts';
import { leaseCommand, pointKubeletCommand, validateWorkerCommand } from './balance-commands.ts';
import type { Balancer, MachineView, UpStep } from './model.ts';
import { isMember, knownViews, serves, type Known } from './plan.ts';
import { nobodyServes, type Making } from './steps.ts';

type Balancing = Pick<Making, 'rollout' | 'clock' | 'views' | 'balancers'> & Partial<Pick<Making, 'plan'>>;

/** Workers on which something is to be done about how their kubelet reaches the API. */
export async function seeBalancers(
  spec: ClusterSpec,
  views: readonly MachineView[],
  workers: readonly Host[],
  timers: Timers | undefined,
): Promise<readonly Balancer[]> {
  const members = workersOf(views);
  const hosts = workers.filter(({ name }) => members.some(({ node }) => node === name));
  return balancersIn(spec, views, await observe(spec, hosts), timers);
}

function workersOf(views: readonly MachineView[]): readonly Known[] {
  return knownViews(views).filter((view) => view.role === 'worker' && isMember(view));
}

/** The same from what was seen of the workers. */
export function balancersIn(
  spec: ClusterSpec,
  views: readonly MachineView[],
  { nodes }: ClusterState,
  timers: Timers | undefined,
): readonly Balancer[] {
  return workersOf(views).flatMap((member): readonly Balancer[] => {
    const seen = nodes.find(({ node }) => node === member.node)?.seen;
    const balancer = seen?.known === true ? balancerOf(spec, member, seen.value, timers) : undefined;
    return balancer && (balancer.visit || balancer.repoint) ? [balancer] : [];
  });
}

function balancerOf(
  spec: ClusterSpec,
  { node, seen: { joined } }: Known,
  seen: NodeSeen,
  timers: Timers | undefined,
): Balancer | undefined {
  const worker = spec.workers.find(({ name }) => name === node);
  if (!worker) return undefined;
  const local = spec.kubernetes.workerBalancer === 'node-local';
  const server = local ? localServer(spec) : `https://${endpointOf(spec)}`;
  const repoint = local ? joined?.endpoint !== server : joined?.endpoint === localServer(spec);
  if (!local) {
    const visit = seen.files.length === 0 ? undefined : { ...emptyVisit(node, 'remove', ''), haproxy: 'stop' as const };
    return { node, server, visit, wanted: undefined, repoint };
  }
  if (!timers) return undefined;
  const { haproxy } = seen.programs;
  const wanted = renderWorker(spec, worker, timers, {
    ...assumedFacts,
    haproxy: (haproxy.known ? haproxy.value : undefined) ?? assumedFacts.haproxy,
    nofile: seen.nofile,
    caPresent: seen.caPresent,
    ...(seen.caDigest !== undefined && { caDigest: seen.caDigest }),
  });
  return { node, server, visit: visitOf(wanted, seen), wanted, repoint };
}

/** What HAProxy of a worker needs; the observation asks with socat and curl. */
const workerPrograms = ['haproxy', 'curl', 'socat'] as const;

function visitOf(wanted: NodeFileSet, seen: NodeSeen): NodePlan | undefined {
  const packages = workerPrograms.filter((program) => {
    const found = programSeen(seen, program);
    return found.known && found.value === undefined;
  });
  const changes = fileChanges(wanted, seen);
  const haproxy = haproxyAction(wanted, seen);
  const restarts = haproxy === 'start' || haproxy === 'restart';
  if (packages.length === 0 && changes.length === 0 && haproxy === 'none' && seen.haproxy.enabled) return undefined;
  return {
    ...emptyVisit(wanted.node, 'prepare', 'its kubelet connects again'),
    packages,
    ...(packages.length > 0 && seen.packageManager !== 'other' && { manager: seen.packageManager }),
    changes,
    haproxy,
    reloadUnits: restarts || !seen.haproxy.enabled || changes.some(({ wanted: file }) => file?.part === 'haproxy-unit'),
  };
}

/**
 * Has a worker's kubelet reach the API as the file says. HAProxy first, and only once it finds the API servers ready the kubelet
 * is pointed at it; the other way round where HAProxy goes. A kubelet that does not tell the cluster that it lives is given back
 * what it had.
 */
export async function balance(making: Balancing, { node = '' }: UpStep): Promise<readonly Finding[]> {
  const { rollout } = making;
  const balancer = making.balancers.find((each) => each.node === node);
  if (!balancer) return [];
  const { visit } = balancer;
  const local = balancer.server === localServer(rollout.spec);
  if (!local) {
    const pointed = balancer.repoint ? await repoint(making, balancer) : [];
    if (pointed.length > 0 || !visit) return pointed;
    return failureOf(await attempt(rollout, node, removeCommand(rollout.owner.token, [], undefined)), 'remove-failed');
  }
  if (visit && visit.packages.length > 0) {
    const lacking = await supply(rollout, visit);
    if (lacking.length > 0) return lacking;
    // What was installed decides what is rendered.
    const again = (await making.plan?.())?.balancers.find((each) => each.node === node);
    return again ? place(making, again) : [];
  }
  return place(making, balancer);
}

async function place(making: Balancing, balancer: Balancer): Promise<readonly Finding[]> {
  const { rollout } = making;
  const { node, visit, wanted } = balancer;
  if (visit && wanted) {
    const { token } = rollout.owner;
    const steps = [
      ...(visit.changes.length > 0
        ? [
            stageCommand(token, visit.changes),
            validateWorkerCommand(token, visit.changes),
            placeCommand(rollout.owner, visit, rollout.stamp),
          ]
        : []),
      activateCommand(rollout.owner, visit),
    ];
    for (const command of steps) {
      const problems = failureOf(await attempt(rollout, node, command), 'balancer-failed');
      if (problems.length > 0) return problems;
    }
    const unfit = await pass(rollout, node, [haproxyGate(wanted), serversGate(rollout.spec, node)]);
    if (unfit.length > 0) return unfit;
  }
  return balancer.repoint ? repoint(making, balancer) : [];
}

/** A kubelet renews its lease every 10 s, and at once when it starts. */
const renewedMs = 40_000;

async function repoint(making: Balancing, { node, server }: Balancer): Promise<readonly Finding[]> {
  const { rollout, views, clock } = making;
  const { spec, owner } = rollout;
  const source = views.find(serves);
  const from = source && spec.nodes.find(({ name }) => name === source.node);
  if (!from) return [nobodyServes(node)];
  const before = views.find((view) => view.node === node)?.seen.joined?.endpoint ?? `https://${endpointOf(spec)}`;
  const point = async (to: string): Promise<StepOutcome> =>
    attempt(rollout, node, pointKubeletCommand(owner.token, spec, to));
  const pointed = await point(server);
  if (!pointed.ok) return failureOf(pointed, 'balancer-failed');
  const lease = async (): Promise<string> => {
    const asked = await rollout.hostOf(from.name).run(leaseCommand(spec, from, node));
    return succeeded(asked) ? asked.stdout.trim() : '';
  };
  const what = 'its kubelet tells the cluster that it lives';
  const beganMs = clock.monotonicMs();
  const first = await lease();
  for (;;) {
    const tookMs = clock.monotonicMs() - beganMs;
    const now = await lease();
    if (now.startsWith('True ') && now !== first) {
      rollout.onEvent({ node, what, kind: 'gate-passed', tookMs });
      return [];
    }
    if (tookMs > renewedMs) {
      rollout.onEvent({ node, what, kind: 'gate-failed', tookMs });
      await point(before);
      return [notRenewed(node, server, before)];
    }
    await clock.sleep(1000);
  }
}

function notRenewed(node: string, server: string, before: string): Finding {
  return {
    rule: 'kubelet-silent',
    severity: 'error',
    node,
    message: `its kubelet was pointed at ${server}, and did not tell the cluster within ${renewedMs / 1000} s that it lives; it has ${before} again`,
    suggestion: 'On the node: journalctl -u kubelet -n 50. Then run it again.',
  };
}
