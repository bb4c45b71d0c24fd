import type { ClusterSpec } from '../../cluster/spec.ts';
import { holdersOf, type ClusterState, type NodeSeen } from '../../cluster/state.ts';
import type { Finding } from '../../core/finding.ts';
import { leversOnly } from '../../plan/leave.ts';
import { seenOf } from '../../plan/membership.ts';
import type { NodePlan, Plan } from '../../plan/model.ts';
import type { NodeFileSet } from '../../render/render.ts';
import { activateCommand } from './commands/services.ts';
import { placeCommand, stageCommand, unstageCommand, validateCommand } from './commands/files.ts';
import { restoreCommand } from './commands/restore.ts';
import { backendsGate, electionGate, haproxyGate, holderGate, servicesGate, type Gate } from '../../judge/gate.ts';
import { handVipsAway, rolloutDrain } from './handover.ts';
import { leaveNode } from './leave.ts';
import { settle } from './settle.ts';
import { attempt, failureOf, pass, type Rollout, type StepOutcome } from './step.ts';

/**
 * Carries a plan out: every node stages and checks its files before any node changes; then node by node, holders last; a gate
 * that fails restores that node and stops the rollout.
 * @returns what went wrong; empty when the cluster is as planned.
 */
export async function rollOut(rollout: Rollout, plan: Plan, before: ClusterState): Promise<readonly Finding[]> {
  const prepared = await prepare(rollout, plan);
  if (prepared.length > 0 || rollout.signal.aborted) {
    await withdraw(rollout, plan);
    return prepared.length > 0 ? prepared : [interrupted('before any node was changed; nothing is different')];
  }
  if (plan.bootstrap) {
    const findings = (
      await Promise.all(plan.nodes.map(async (node) => changeNode(rollout, plan, node, before)))
    ).flat();
    return findings.length > 0 ? findings : settle(rollout);
  }
  for (const [index, node] of plan.nodes.entries()) {
    if (rollout.signal.aborted) {
      const left = plan.nodes.slice(index).map((rest) => rest.node);
      await withdraw(rollout, plan);
      return [interrupted(`before ${left.join(', ')}; run it again to finish`)];
    }
    const findings = await changeNode(rollout, plan, node, before);
    if (findings.length > 0) {
      await withdraw(rollout, plan);
      return [...findings, ...(await standBy(rollout, plan, index, findings))];
    }
  }
  return pass(
    rollout,
    'cluster',
    rollout.spec.endpoint.virtualIPs.map(({ address }) => holderGate(address)),
  );
}

function interrupted(where: string): Finding {
  return {
    rule: 'interrupted',
    severity: 'error',
    message: `the rollout was stopped ${where}`,
  };
}

async function prepare(rollout: Rollout, plan: Plan): Promise<readonly Finding[]> {
  const findings = await Promise.all(
    plan.nodes.map(async ({ node, changes, guard }) => {
      if (changes.length === 0) return [];
      const staged = await attempt(rollout, node, stageCommand(rollout.owner.token, changes));
      if (!staged.ok) return failureOf(staged, 'stage-failed', 'Nothing was changed. Fix the node and run it again.');
      const checked = await attempt(rollout, node, validateCommand(rollout.spec, rollout.owner.token, changes, guard));
      return failureOf(
        checked,
        'refused-by-node',
        'Nothing was changed. If haproxy.extra or keepalived.extra is set, look there first.',
      );
    }),
  );
  return findings.flat();
}

/** Takes staged files away; a node that does not answer any more keeps them, and the next run does it. */
async function withdraw(rollout: Rollout, plan: Plan): Promise<void> {
  await Promise.all(
    plan.nodes.map(async ({ node, changes }) => {
      if (changes.length > 0) await rollout.hostOf(node).run(unstageCommand(rollout.owner.token));
    }),
  );
}

/** Nodes that stood aside and still are as they were, from the visit that failed on, hear the holder: they may take VIPs again. */
async function standBy(
  rollout: Rollout,
  plan: Plan,
  failed: number,
  findings: readonly Finding[],
): Promise<readonly Finding[]> {
  // A holder that may have the new virtual router ids is not heard by those that have the old ones.
  const unsure = findings.some(({ rule }) => rule === 'restore-failed');
  const changed = new Set(
    plan.nodes
      .slice(0, failed)
      .filter(({ kind }) => kind === 'change')
      .map(({ node }) => node),
  );
  const aside = plan.nodes.slice(0, failed + 1).filter(({ kind }) => kind === 'stand-aside');
  const outcomes = await Promise.all(
    aside.map(async ({ node, levers }) => {
      if (unsure || changed.has(node)) return [staysAside(node)];
      const back = {
        ...leversOnly(
          node,
          'stand-by',
          levers.map(({ lever }) => ({ lever, pulled: false })),
        ),
      };
      return failureOf(await attempt(rollout, node, activateCommand(rollout.owner, back)), 'stand-by-failed');
    }),
  );
  return outcomes.flat();
}

function staysAside(node: string): Finding {
  return {
    rule: 'stands-aside',
    severity: 'warning',
    node,
    message: 'the node takes no VIP whose holder has, or may have, another virtual router id than this node',
    suggestion: 'Fix the cause and run it again: until then these VIPs have fewer nodes to move to.',
  };
}

/** One visit: move the VIPs away, put the files in place, run them, check; or give the node back what it had. */
async function changeNode(
  rollout: Rollout,
  plan: Plan,
  node: NodePlan,
  before: ClusterState,
): Promise<readonly Finding[]> {
  const { spec } = rollout;
  if (node.kind === 'retire' || node.kind === 'remove') return leaveNode(rollout, node);
  const was = seenOf(before, node.node);
  const set = plan.wanted[node.node];
  if (!was || !set) return [];
  // With a single node there is nowhere to move the VIP to.
  const drains = node.drain && spec.nodes.length > 1;
  const lever = rolloutDrain(rollout);
  if (drains) {
    const vips = spec.endpoint.virtualIPs.map(({ address }) => address);
    const after = holderGates(spec, before);
    const stuck = await handVipsAway(rollout, { node: node.node, vips, lever, after, failure: 'drain-failed' });
    if (stuck.length > 0) return stuck;
  }
  const changed = await placeAndActivate(rollout, node);
  const problems = changed.ok
    ? await pass(rollout, node.node, gatesAfter(spec, plan, node, set, was, before))
    : failureOf(changed, 'activation-failed');
  if (problems.length > 0) {
    const restored = await restore(rollout, node, was);
    if (drains) await attempt(rollout, node.node, lever.letGo);
    return [...problems, ...restored];
  }
  if (!drains && !node.undrain) return [];
  const undrained = await attempt(rollout, node.node, lever.letGo);
  if (!undrained.ok) return failureOf(undrained, 'undrain-failed');
  const elects = standsAside(plan, node) ? [] : [electionGate(spec, node.node)];
  return pass(rollout, node.node, [...elects, ...holderGates(spec, before)]);
}

/** A visit that comes later lets go the levers by which the node gives VIPs up: until then its instances are in FAULT. */
function standsAside(plan: Plan, { node }: NodePlan): boolean {
  return plan.nodes.some((visit) => visit.node === node && visit.kind === 'stand-by');
}

async function placeAndActivate(rollout: Rollout, node: NodePlan): Promise<StepOutcome> {
  const { owner, stamp } = rollout;
  const placed: StepOutcome =
    node.changes.length === 0 ? { ok: true } : await attempt(rollout, node.node, placeCommand(owner, node, stamp));
  return placed.ok ? attempt(rollout, node.node, activateCommand(owner, node)) : placed;
}

/** Gives a node back what it had, and makes its services run that again. */
async function restore(rollout: Rollout, node: NodePlan, was: NodeSeen): Promise<readonly Finding[]> {
  const ran = { haproxy: was.haproxy.active === 'active', keepalived: was.keepalived.active === 'active' };
  const restored = await attempt(rollout, node.node, restoreCommand(rollout.owner.token, node, ran));
  if (!restored.ok) return failureOf(restored, 'restore-failed');
  return node.changes.length > 0 ? [restoredNote(node.node)] : [];
}

/** What must be true of a node before the rollout goes on. */
function gatesAfter(
  spec: ClusterSpec,
  plan: Plan,
  node: NodePlan,
  set: NodeFileSet,
  was: NodeSeen,
  before: ClusterState,
): readonly Gate[] {
  const holds = holderGates(spec, before);
  const drained = was.levers['drain'] !== undefined;
  if (node.kind === 'stand-aside' || (node.kind === 'stand-by' && drained)) return holds;
  if (node.kind === 'stand-by') return [electionGate(spec, node.node), ...holds];
  if (node.kind === 'prepare') return [haproxyGate(set), ...holds];
  // While a lever is pulled the instances are in FAULT on purpose.
  const aside = drained || node.drain || node.undrain || standsAside(plan, node);
  return [servicesGate(set), backendsGate(set, was), ...(aside ? [] : [electionGate(spec, node.node)]), ...holds];
}

/** A VIP that nobody held before, such as a new one, may have no holder until enough nodes know it. */
function holderGates(spec: ClusterSpec, before: ClusterState): readonly Gate[] {
  return spec.endpoint.virtualIPs.map(({ address }) =>
    holderGate(address, { none: holdersOf(before, address).length === 0 }),
  );
}

function restoredNote(node: string): Finding {
  return {
    rule: 'restored',
    severity: 'info',
    node,
    message: 'the node has its previous files back, and the rollout was stopped; the nodes before it keep the new ones',
    suggestion: 'Fix the cause and run it again.',
  };
}
