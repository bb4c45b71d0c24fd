import { handVipsAway, rolloutDrain } from '../../act/rollout/handover.ts';
import { attempt, failureOf, pass, type Rollout } from '../../act/rollout/step.ts';
import { quietGate } from '../../act/verbs/drain.ts';
import type { Command } from '../../core/command.ts';
import { hasErrors } from '../../core/finding.ts';
import { electionGate, holderGate, serversGate } from '../../judge/gate.ts';
import { kubeadmEnd } from '../../up/kubeadm-end.ts';
import { versionFiles } from '../../node/paths.ts';
import { bringBack, checkAgain, leaveUnchecked, takeOut } from '../away.ts';
import { kubeletAway, kubeletHome } from '../kubelet.ts';
import { letAnotherLead } from '../leader.ts';
import {
  beginVisit,
  drainPods,
  endConnections,
  endVisit,
  noteVisit,
  placePrograms,
  startKubeadm,
  uncordon,
} from './commands.ts';
import { kubeadmFailed, leftAlone, notDrained } from './problems.ts';
import type { ProgramName, VersionStep } from './model.ts';
import type { Wanted } from './refuse.ts';
import { asked, clusterSeen, serves, viewOf, works, type Problems, type Upgrading } from './upgrading.ts';

type Visit = Extract<VersionStep, { kind: 'visit' }>;

/** Longest that the API server's clients may take to go elsewhere; watches end with it at the latest. */
const quietMs = 90_000;

/**
 * One node gets the new version: nobody is sent to its API server any more and its VIPs are elsewhere, then its pods leave, then
 * kubeadm and the kubelet do their part. All of it can be done again: a visit that was killed is begun anew, and what was done
 * is not done twice.
 */
export async function visitNode(upgrading: Upgrading, visit: Visit): Problems {
  const { rollout, wanted } = upgrading;
  const { node } = visit;
  const before = await prepared(upgrading, visit);
  if (before.length > 0) return before;
  const problems = await inTurn([
    async () => stepAside(upgrading, visit),
    async () => podsLeave(upgrading, node),
    async () => kubeletLeaves(upgrading, visit),
    async () => quiet(upgrading, visit),
    async () => haveKubeadm(upgrading, visit),
    async () => kubeletReturns(upgrading, visit, 'later'),
    async () => newKubelet(upgrading, visit),
    async () => works(upgrading, node),
  ]);
  // What kubeadm still does goes on in its unit, and the API server is not to be asked before it is done.
  if (problems.some(({ rule }) => rule === 'interrupted')) return problems;
  const back = await backToWork(upgrading, visit);
  if (hasErrors([...problems, ...back])) return [...problems, ...back];
  return step(rollout, node, endVisit(rollout.owner.token), wanted);
}

async function inTurn(steps: readonly (() => Problems)[]): Problems {
  for (const one of steps) {
    const problems = await one();
    if (problems.length > 0) return problems;
  }
  return [];
}

async function step(rollout: Rollout, node: string, command: Command, { version }: Wanted): Problems {
  return failureOf(
    await attempt(rollout, node, command),
    'version-step-failed',
    `Fix the cause, then run \`k8s-ha upgrade kubernetes ${version}\` again.`,
  );
}

/** The others serve, the node remembers the visit, and has the new kubeadm. */
async function prepared(upgrading: Upgrading, { node, role, does }: Visit): Problems {
  const { rollout, wanted } = upgrading;
  const { token } = rollout.owner;
  return inTurn([
    async () => {
      const others = rollout.spec.nodes.filter(({ name }) => role === 'worker' || name !== node);
      for (const { name } of others) {
        const problems = await serves(upgrading, name);
        if (problems.length > 0) return problems;
      }
      return [];
    },
    async () => step(rollout, node, beginVisit(token, wanted, does), wanted),
    async () => place(upgrading, node, ['kubeadm'], false),
  ]);
}

async function place(
  { rollout, wanted, look }: Upgrading,
  node: string,
  names: readonly ProgramName[],
  restart: boolean,
): Problems {
  const view = await viewOf(look, node);
  const programs = names
    .filter((name) => view?.seen.programs[name].version !== wanted.version)
    .flatMap((name) => (view ? [[name, view.seen.programs[name]] as const] : []));
  if (programs.length === 0 && !restart) return [];
  const command = placePrograms(rollout.owner.token, wanted.folder, wanted.version, programs, restart);
  return step(rollout, node, command, wanted);
}

async function stepAside({ rollout }: Upgrading, { node, role }: Visit): Problems {
  if (role === 'worker') return [];
  const out = await takeOut(rollout, node);
  if (out.length > 0) return out;
  const vips = rollout.spec.endpoint.virtualIPs.map(({ address }) => address);
  return handVipsAway(rollout, { node, vips, lever: rolloutDrain(rollout), failure: 'drain-failed' });
}

async function podsLeave(upgrading: Upgrading, node: string): Problems {
  const { rollout, keepPods, look } = upgrading;
  const { token } = rollout.owner;
  const view = await viewOf(look, node);
  const source = await asked(upgrading, node);
  if (keepPods || !source || view?.seen.visit?.kubeadmDone === true) return [];
  const member = source.server.members.find(({ name }) => name === node);
  if (member?.cordoned === false) {
    const noted = await attempt(rollout, node, noteVisit(token, 'cordoned'));
    if (!noted.ok) return failureOf(noted, 'version-step-failed');
  }
  const drained = await attempt(rollout, source.machine.name, drainPods(token, rollout.spec, source.machine, node));
  return drained.ok ? [] : [notDrained(node, drained.error)];
}

async function kubeletLeaves(upgrading: Upgrading, { node, role }: Visit): Problems {
  const { rollout, wanted, look } = upgrading;
  if (role === 'worker') return [];
  const view = await viewOf(look, node);
  if (view?.seen.visit?.kubeadmDone === true || view?.seen.running === true) return [];
  return step(rollout, node, kubeletAway(rollout.owner.token, versionFiles.visit), wanted);
}

/** Before it is of the new version: the endpoint may lead to an API server that is older. */
async function kubeletReturns(
  { rollout, wanted }: Upgrading,
  { node, role }: Visit,
  starts: 'at once' | 'later',
): Problems {
  if (role === 'worker') return [];
  return step(rollout, node, kubeletHome(rollout.owner.token, versionFiles.visit, starts), wanted);
}

/** No client is connected to the API server when etcd and it are replaced. */
async function quiet(upgrading: Upgrading, { node, role }: Visit): Problems {
  const { rollout, look } = upgrading;
  if (role === 'worker') return [];
  const view = await viewOf(look, node);
  if (view?.seen.visit?.kubeadmDone === true || view?.seen.running === true) return [];
  const gate = quietGate(node);
  if (gate.check(await rollout.look()).is === 'true') return [];
  const unchecked = await leaveUnchecked(rollout, node);
  if (unchecked.length > 0) return unchecked;
  const told = await attempt(rollout, node, endConnections(rollout.owner.token));
  // Those that stay are told, and are no reason to fail.
  if (told.ok) await pass(rollout, node, [gate], quietMs);
  const wrong = [...failureOf(told, 'version-step-failed'), ...(await checkAgain(rollout, node))];
  return wrong.length > 0 ? wrong : serves(upgrading, node);
}

async function haveKubeadm(upgrading: Upgrading, { node, role, does }: Visit): Problems {
  const { rollout, clock, wanted, look } = upgrading;
  const view = await viewOf(look, node);
  if (view?.seen.visit?.kubeadmDone === true) return [];
  if (view?.seen.running !== true) {
    if (role === 'control-plane') await letAnotherLead(rollout, node);
    const command = startKubeadm(rollout.owner.token, rollout.spec, wanted.version, does);
    const started = await attempt(rollout, node, command);
    if (!started.ok) return failureOf(started, 'version-kubeadm-failed');
  }
  const end = await kubeadmEnd(rollout, clock, node);
  if (end.how === 'interrupted') return [leftAlone(node)];
  return end.how === 'failed' ? [kubeadmFailed(node, end.said)] : [];
}

/**
 * A kubelet of another minor version starts every static pod anew, etcd too: a pod's UID is a hash of all its fields (kubelet,
 * config/common.go), and each version has fields of its own.
 */
async function newKubelet(upgrading: Upgrading, { node, role }: Visit): Problems {
  const { rollout, wanted, look } = upgrading;
  const view = await viewOf(look, node);
  const kubelet = view && (await clusterSeen(upgrading, view))?.members.find(({ name }) => name === node)?.kubelet;
  const restart = kubelet !== wanted.version || view?.seen.programs.kubelet.version !== wanted.version;
  if (restart && role === 'control-plane') await letAnotherLead(rollout, node);
  return place(upgrading, node, ['kubelet', 'kubectl'], restart);
}

/** The node takes part again, after a good end and after a bad one: HAProxy's own checks keep clients from what does not work. */
async function backToWork(upgrading: Upgrading, visit: Visit): Problems {
  const { rollout, look } = upgrading;
  const { node, role } = visit;
  const { spec, owner } = rollout;
  const view = await viewOf(look, node);
  const source = view?.seen.visit?.cordoned === true ? (await asked(upgrading, node))?.machine : undefined;
  const pods = source
    ? failureOf(await attempt(rollout, source.name, uncordon(owner.token, spec, source, node)), 'version-step-failed')
    : [];
  if (role === 'worker') return pods;
  const home = await kubeletReturns(upgrading, visit, 'at once');
  const told = await bringBack(rollout, node);
  const letGo = failureOf(await attempt(rollout, node, rolloutDrain(rollout).letGo), 'undrain-failed');
  const wrong = [...pods, ...home, ...told, ...letGo];
  if (view?.seen.server.known !== true || wrong.length > 0) return wrong;
  return pass(
    rollout,
    node,
    [
      ...spec.nodes.map(({ name }) => serversGate(spec, name)),
      electionGate(spec, node),
      ...spec.endpoint.virtualIPs.map(({ address }) => holderGate(address)),
    ],
    60_000,
  );
}
