import type { ClusterSpec } from '../../cluster/spec.ts';
import { hasErrors, type Finding } from '../../core/finding.ts';
import type { Plan } from '../../plan/model.ts';
import { isEmpty } from '../../plan/plan.ts';
import type { Outcome } from '../outcome.ts';
import type { ApplyOptions } from '../verbs/apply.ts';
import { createMemory, type FileOnNode, type Memory } from './memory.ts';

/** What happened, told when it is news: a look that finds what the one before it found says nothing. */
export interface KeepEvent {
  /**
   * as-wanted: every node is as the cluster file says. change: this plan is about to be carried out. applied, failed: how that
   * ended. refused: nothing was changed, because a node is unreachable or something else stands in the way. file-broken: the
   * cluster file has errors, and the nodes are left alone. stopped: it was asked to end.
   */
  readonly kind: 'as-wanted' | 'change' | 'applied' | 'failed' | 'refused' | 'file-broken' | 'stopped';
  readonly cluster: string | undefined;
  readonly plan?: Plan;
  /** Files that somebody else changed since they were last seen as wanted; undefined when that is not known yet. */
  readonly drifted?: readonly FileOnNode[] | undefined;
  readonly findings?: readonly Finding[];
}

export interface KeepOptions {
  /** Reads the cluster file again. */
  readonly load: () => Promise<{ readonly spec: ClusterSpec | undefined; readonly findings: readonly Finding[] }>;
  /** Plans without a lock: as long as there is nothing to do, nothing is touched. */
  readonly look: (
    spec: ClusterSpec,
  ) => Promise<{ readonly plan: Plan | undefined; readonly findings: readonly Finding[] }>;
  readonly apply: (spec: ClusterSpec, options: Pick<ApplyOptions, 'confirm'>) => Promise<Outcome<Plan>>;
  /** Waits until the time is up, the cluster file has changed, or it is to stop. */
  readonly wait: (ms: number) => Promise<'time' | 'changed' | 'stopped'>;
  readonly everyMs: number;
  /** A number from 0 to 1, so that many of them do not look in step. */
  readonly random: () => number;
  /** Aborted: a rollout stops at its next safe point, and then this ends. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: KeepEvent) => void;
}

const longestWaitMs = 3_600_000;

/** The wait before the next look: the interval ± 10 %, doubled for each rollout that failed in a row, up to an hour. */
export function waitMs(everyMs: number, failures: number, random: number): number {
  return Math.round(Math.min(everyMs * 2 ** failures, Math.max(everyMs, longestWaitMs)) * (0.9 + 0.2 * random));
}

/**
 * Keeps the nodes as the cluster file says until it is told to stop. What it does about a difference, and whose difference
 * it is, is told before anything is changed.
 * @returns whether all was well at the end
 */
export async function keep(options: KeepOptions): Promise<boolean> {
  const memory = createMemory();
  let failures = 0;
  let said = '';
  let well = true;
  for (;;) {
    const event = await round(options, memory);
    if (event) {
      well = event.kind === 'as-wanted' || event.kind === 'applied';
      failures = event.kind === 'failed' ? failures + 1 : 0;
      const saying = JSON.stringify([event.kind, event.plan?.hash, event.findings]);
      // A plan that fails again is told again: it was carried out again.
      if (saying !== said || event.kind === 'failed') options.onEvent(event);
      said = saying;
    }
    if (options.signal.aborted) break;
    const end = await options.wait(waitMs(options.everyMs, failures, options.random()));
    if (end === 'stopped') break;
    if (end === 'changed') failures = 0;
  }
  options.onEvent({ kind: 'stopped', cluster: undefined });
  return well;
}

/** One look, and what follows from it. Undefined when it was stopped before there was anything to say. */
async function round(options: KeepOptions, memory: Memory): Promise<KeepEvent | undefined> {
  const { spec, findings } = await options.load();
  if (!spec) return { kind: 'file-broken', cluster: undefined, findings };
  const cluster = spec.name;
  const looked = await options.look(spec);
  if (options.signal.aborted) return undefined;
  if (!looked.plan || hasErrors(looked.findings)) return { kind: 'refused', cluster, findings: looked.findings };
  if (isEmpty(looked.plan)) {
    memory.settled(looked.plan);
    return { kind: 'as-wanted', cluster };
  }
  let begun = false;
  const result = await options.apply(spec, {
    confirm: (plan) => {
      if (options.signal.aborted) return Promise.resolve(false);
      begun = true;
      options.onEvent({ kind: 'change', cluster, plan, drifted: memory.drifted(plan) });
      memory.tried(plan);
      return Promise.resolve(true);
    },
  });
  if (result.outcome === 'declined') return undefined;
  if (result.outcome === 'failed')
    return {
      kind: begun ? 'failed' : 'refused',
      cluster,
      findings: result.findings,
      ...(result.plan && { plan: result.plan }),
    };
  if (!result.plan) return undefined;
  memory.settled(result.plan);
  return result.outcome === 'unchanged'
    ? { kind: 'as-wanted', cluster }
    : { kind: 'applied', cluster, plan: result.plan };
}
