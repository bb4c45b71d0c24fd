import type { ClusterSpec } from '../cluster/spec.ts';
import type { Timers } from '../cluster/timers.ts';
import { formatMs } from '../core/duration.ts';
import type { Finding } from '../core/finding.ts';
import { ok, type Result } from '../core/result.ts';
import { exec } from '../host/exec.ts';
import type { Host } from '../host/host.ts';
import { newLockOwner, takeLock } from '../lock/lock.ts';
import { factsOf } from '../observe/facts.ts';
import { observe } from '../observe/observe.ts';
import { predict } from '../predict/predict.ts';
import { solveSpec } from '../predict/solve.ts';
import { planDrill, runDrill, type DrillOptions, type DrillPlan, type DrillResult, type Power } from './drill.ts';
import type { Fault } from './fault.ts';
import { faults } from './faults/index.ts';

export interface DrillsOptions extends Omit<DrillOptions, 'timers' | 'power'> {
  /** Names of faults, in the order in which they are injected. */
  readonly faults: readonly string[];
  /** Commands of the operator's machine; `{node}` stands for the node's name. */
  readonly power: { readonly off: string; readonly on: string } | undefined;
  readonly breakLock: boolean;
  /** Shown what will be done and what it will cost, before anything is; false ends it. */
  readonly confirm: (text: string) => Promise<boolean>;
}

/** The timers that the cluster's nodes run with: solved for the versions that are on them. */
export const clusterTimers = async (
  spec: ClusterSpec,
  hosts: readonly Host[],
): Promise<Result<Timers, readonly Finding[]>> => {
  const state = await observe(spec, hosts);
  const facts = spec.nodes.flatMap((node) => {
    const seen = state.nodes.find((entry) => entry.node === node.name)?.seen;
    const found = seen?.known ? factsOf(node, seen.value) : undefined;
    return found ? [found] : [];
  });
  const solved = solveSpec(spec, facts);
  return solved.ok ? ok(solved.value.timers) : solved;
};

/** One drill after the other, each on a cluster that is healthy again, under one lock. */
export const runDrills = async (
  spec: ClusterSpec,
  options: DrillsOptions,
): Promise<Result<readonly DrillResult[], readonly Finding[]>> => {
  const timers = await clusterTimers(spec, options.hosts);
  if (!timers.ok) return timers;
  const chosen = options.faults.flatMap((name) => faults.filter((fault) => fault.name === name));
  const planOf = async (fault: (typeof faults)[number]): Promise<Result<DrillPlan, readonly Finding[]>> =>
    planDrill(spec, await observe(spec, options.hosts), timers.value, fault);
  const [first] = chosen;
  if (!first) return ok([]);
  const firstPlan = await planOf(first);
  if (!firstPlan.ok) return firstPlan;
  const { node, vip } = firstPlan.value.target;
  const text = [
    `This will be broken, while ${vip.address} is probed (${node.name} holds it now):`,
    ...chosen.map((fault) => `  ${fault.name}: ${fault.summary}; predicted ${predicted(spec, timers.value, fault)}`),
  ].join('\n');
  if (!(await options.confirm(text))) return ok([]);

  const locked = await takeLock(options.hosts, newLockOwner('drill'), { breakLock: options.breakLock });
  if (!locked.ok) return locked;
  const results: DrillResult[] = [];
  try {
    for (const fault of chosen) {
      if (options.signal.aborted) break;
      const plan = await planOf(fault);
      if (!plan.ok) return plan;
      const result = await runDrill(plan.value, {
        ...options,
        timers: timers.value,
        power: options.power && powerOf(options.power),
      });
      if (!result.ok) return result;
      results.push(result.value);
    }
  } finally {
    await locked.value.release();
  }
  return ok(results);
};

const predicted = (spec: ClusterSpec, timers: Timers, fault: Fault): string => {
  const found = predict(spec, timers).find(({ disruption }) => disruption === fault.disruption);
  if (!found) return 'nothing: not known';
  const { lowerMs, upperMs, impact } = found;
  const what = { outage: 'outage', partial: 'partial outage', 'in-flight': 'loss in flight', none: 'loss' }[impact];
  return `${what} ${formatMs(lowerMs)} – ${Number.isFinite(upperMs) ? formatMs(upperMs) : 'until it returns'}`;
};

/** The faults and what each would cost, for people. */
export const drillList = (spec: ClusterSpec, timers: Timers): string =>
  faults
    .map(
      (fault) =>
        `${fault.name.padEnd(20)} ${fault.summary}\n${' '.repeat(21)}predicted: ${predicted(spec, timers, fault)}`,
    )
    .join('\n');

/** Power by the operator's own commands. They run in a shell of the operator's machine, as written by the operator. */
const powerOf = (commands: { readonly off: string; readonly on: string }): Power => ({
  off: async (node) => runPowerCommand(commands.off, node, 'taking the power'),
  on: async (node) => runPowerCommand(commands.on, node, 'giving the power back'),
});

const runPowerCommand = async (template: string, node: string, what: string): Promise<Finding | undefined> => {
  const command = template.replaceAll('{node}', node);
  const { rc, stderr } = await exec(['sh', '-c', command], { timeoutMs: 120_000 });
  if (rc === 0) return undefined;
  return {
    rule: 'power-failed',
    severity: 'error',
    node,
    message: `${what} failed: ${stderr.trim()}`,
    suggestion: `Try it by hand: ${command}`,
  };
};
