import { succeeded } from '../core/command.ts';
import type { Finding } from '../core/finding.ts';
import type { Host } from '../host/host.ts';
import { healCommand, injectCommand } from './fault.ts';
import type { DrillOptions } from './options.ts';
import type { DrillResult } from './result.ts';
import { notRun, type DrillPlan, type Strike } from './target.ts';

/** The node heals itself a little after the operator's side should have; at once where that side cannot reach it. */
const selfHealMarginMs = 10_000;

function hostOf({ hosts }: DrillOptions, node: string): Host {
  const host = hosts.find(({ name }) => name === node);
  if (!host) throw new Error(`no host for ${node}`);
  return host;
}

/** Breaks everything that the plan names, side by side. What was broken is healed again if one of them cannot be. */
export async function strike(plan: DrillPlan, watchMs: number, options: DrillOptions): Promise<Finding | undefined> {
  const failures = await Promise.all(
    plan.strikes.flatMap(({ fault, targets }) =>
      targets.map(async (target) => {
        options.onEvent({ kind: 'step', what: `${fault.name} on ${target.node.name}: ${fault.summary}` });
        if (fault.outside === 'power') return options.power?.off(target.node.name);
        if (fault.outside === 'rollout') return (await options.rollOut?.())?.[0];
        const healAfterMs = watchMs + (fault.severs ? 0 : selfHealMarginMs);
        const result = await hostOf(options, target.node.name).run(injectCommand(fault, target, healAfterMs));
        return succeeded(result)
          ? undefined
          : notRun(plan.name, result.failure?.message ?? (result.stderr.trim() || `it ended with ${result.rc}`));
      }),
    ),
  );
  const failure = failures.find((found) => found !== undefined);
  if (failure) await heal(plan, options);
  return failure;
}

/** Heals from the operator's side. What fails here is healed by the node's own timer. */
export async function heal({ strikes }: DrillPlan, options: DrillOptions): Promise<DrillResult['healedBy']> {
  const healed = await Promise.all(
    strikes.flatMap((one) => one.targets.map(async (_, index) => healOne(one, index, options))),
  );
  return healed.every((byUs) => byUs) ? 'operator' : 'timer';
}

async function healOne({ fault, targets }: Strike, index: number, options: DrillOptions): Promise<boolean> {
  const target = targets[index];
  if (!target) return true;
  const node = target.node.name;
  options.onEvent({ kind: 'step', what: `healing ${node}` });
  const complain = (what: string, detail: string): void => options.onEvent({ kind: 'gate-failed', what, detail });
  if (fault.severs) return false;
  if (fault.outside === 'power') {
    const failed = await options.power?.on(node);
    if (failed) complain(`giving the power back to ${node} failed`, failed.message);
  }
  const result = await hostOf(options, node).run(healCommand(fault, target));
  if (succeeded(result)) return true;
  complain(
    `healing ${fault.name} on ${node} failed; the node's own timer will do it`,
    result.failure?.message ?? (result.stderr.trim() || `it ended with ${result.rc}`),
  );
  return false;
}
