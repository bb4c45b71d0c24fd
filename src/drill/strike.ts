import { succeeded, type CommandResult } from '../core/command.ts';
import type { Finding } from '../core/finding.ts';
import type { Host } from '../host/host.ts';
import { guardExit } from '../node/lock.ts';
import type { FaultTarget } from './acts.ts';
import { healCommand, injectCommand, type Fault } from './fault.ts';
import type { DrillOptions } from './options.ts';
import type { DrillResult } from './result.ts';
import { notRun, type DrillPlan } from './target.ts';

/** The node heals itself a little after the operator's side should have; at once where that side cannot reach it. */
const selfHealMarginMs = 10_000;

function hostOf({ hosts }: DrillOptions, node: string): Host {
  const host = hosts.find(({ name }) => name === node);
  if (!host) throw new Error(`no host for ${node}`);
  return host;
}

/** Breaks everything that the plan names, side by side. What was broken is healed again if one of them cannot be. */
export async function strike(plan: DrillPlan, watchMs: number, options: DrillOptions): Promise<Finding | undefined> {
  const struck = await Promise.all(
    pairsOf(plan).map(async (one) => ({ one, ...(await strikeOne(plan, one, watchMs, options)) })),
  );
  const failure = struck.find((found) => found.failure)?.failure;
  if (failure) await Promise.all(struck.map(async ({ one, untouched }) => untouched || healOne(one, options)));
  return failure;
}

interface Struck {
  readonly failure?: Finding | undefined;
  /** Nothing was done to the node, and it is somebody else's now. */
  readonly untouched?: boolean;
}

async function strikeOne(
  plan: DrillPlan,
  { fault, target }: Pair,
  watchMs: number,
  options: DrillOptions,
): Promise<Struck> {
  options.onEvent({ kind: 'step', what: `${fault.name} on ${target.node.name}: ${fault.summary}` });
  if (fault.outside === 'power') return { failure: await options.power?.off(target.node.name) };
  if (fault.outside === 'rollout') return { failure: (await options.rollOut?.())?.[0] };
  if (fault.handsOver === true) await options.prepareMove?.(target.node.name);
  const healAfterMs = watchMs + (fault.severs ? 0 : selfHealMarginMs);
  const command = injectCommand(fault, target, healAfterMs, options.lockToken);
  const result = await hostOf(options, target.node.name).run(command);
  if (succeeded(result)) return {};
  return { failure: notRun(plan.name, whyNot(result)), untouched: result.rc === guardExit.lockLost };
}

function whyNot({ failure, stderr, rc }: CommandResult): string {
  return failure?.message ?? (stderr.trim() || `it ended with ${rc}`);
}

/** A fault and one node that it strikes. */
interface Pair {
  readonly fault: Fault;
  readonly target: FaultTarget;
}

function pairsOf({ strikes }: DrillPlan): readonly Pair[] {
  return strikes.flatMap(({ fault, targets }) => targets.map((target) => ({ fault, target })));
}

/** Heals from the operator's side. What fails here is healed by the node's own timer. */
export async function heal(plan: DrillPlan, options: DrillOptions): Promise<DrillResult['healedBy']> {
  const healed = await Promise.all(pairsOf(plan).map(async (one) => healOne(one, options)));
  return healed.every((byUs) => byUs) ? 'operator' : 'timer';
}

async function healOne({ fault, target }: Pair, options: DrillOptions): Promise<boolean> {
  const node = target.node.name;
  options.onEvent({ kind: 'step', what: `healing ${node}` });
  const complain = (what: string, detail: string): void => options.onEvent({ kind: 'gate-failed', what, detail });
  if (fault.severs) return false;
  if (fault.outside === 'power') {
    // Nothing on the node heals it: it boots, or it does not.
    const failed = await options.power?.on(node);
    if (failed) complain(`giving the power back to ${node} failed`, failed.message);
    return true;
  }
  const result = await hostOf(options, node).run(healCommand(fault, target));
  if (succeeded(result)) return true;
  complain(`healing ${fault.name} on ${node} failed; the node's own timer will do it`, whyNot(result));
  return false;
}
