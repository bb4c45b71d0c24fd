import type { Prediction } from '../cluster/disruption.ts';
import type { ClusterSpec, VirtualIpSpec } from '../cluster/spec.ts';
import type { ClusterState } from '../cluster/state.ts';
import type { Timers } from '../cluster/timers.ts';
import { formatMs } from '../core/duration.ts';
import type { Finding } from '../core/finding.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Host } from '../host/host.ts';
import type { LockOwner } from '../cluster/lock.ts';
import { withLock, type Locked } from '../lock/lock.ts';
import type { Operator } from '../lock/operator.ts';
import { knownFacts } from '../observe/once/facts.ts';
import { observe } from '../observe/once/observe.ts';
import { solveSpec } from '../predict/solve.ts';
import { attempts } from './measure/attempts.ts';
import { runDrill } from './drill.ts';
import { instruments as real } from './instruments.ts';
import type { Fault } from './fault.ts';
import { groundOf, type DrillGround } from './ground.ts';
import { faults } from './faults/index.ts';
import type { DrillOptions } from './options.ts';
import type { DrillResult, Measured } from './result.ts';
import { drillName, notRun, planDrill, predictFaults, type DrillPlan } from './target.ts';

export interface DrillsOptions extends Omit<DrillOptions, 'rollOut' | 'lockToken' | 'prepareMove'> {
  /** Who takes the lock; this process when absent. */
  readonly operator?: Operator | undefined;
  /** What is injected, one after the other; several faults in one drill are injected at once. */
  readonly drills: readonly (readonly Fault[])[];
  /** How often each drill is run, in turns, so that a noisy minute does not hit one fault alone. */
  readonly runs: number;
  /** How often an invalid measurement is made again; each time breaks the same thing again. */
  readonly retries: number;
  /** The VIP that is probed and whose holder is struck; the first when absent. */
  readonly vip?: VirtualIpSpec | undefined;
  /** The node that is struck instead of the VIP's holder. */
  readonly victim?: string | undefined;
  readonly allowQuorumLoss: boolean;
  readonly breakLock: boolean;
  /** Restarts everything under the drill's own lock. */
  readonly rollOut: ((owner: LockOwner) => Promise<readonly Finding[]>) | undefined;
  /** Prepares the nodes for a planned move of the VIPs, under the drill's own lock. */
  readonly prepareMove?: ((owner: LockOwner, node: string) => Promise<void>) | undefined;
  /** Shown what will be done and what it will cost, before anything is; false ends it. */
  readonly confirm: (text: string) => Promise<boolean>;
  readonly onResult: (result: DrillResult) => void;
  /** Told once, before anything is broken, what the drills stand on. */
  readonly onGround?: ((ground: DrillGround) => void) | undefined;
}

/** Reads `haproxy-killed` or `haproxy-killed+api-server-hung`; the name that is no fault where one is not. */
export function parseDrill(text: string): Result<readonly Fault[], string> {
  const found: Fault[] = [];
  for (const name of text.split('+')) {
    const fault = faults.find((one) => one.name === name);
    if (!fault) return err(name);
    found.push(fault);
  }
  return ok(found);
}

/** The timers that the cluster's nodes run with: solved for the versions that are on them. */
export async function clusterTimers(
  spec: ClusterSpec,
  hosts: readonly Host[],
): Promise<Result<Timers, readonly Finding[]>> {
  return timersOf(spec, await observe(spec, hosts));
}

/** The timers of a cluster that was just looked at. */
export function timersOf(spec: ClusterSpec, state: ClusterState): Result<Timers, readonly Finding[]> {
  const solved = solveSpec(
    spec,
    knownFacts(spec, state).map(({ facts }) => facts),
  );
  return solved.ok ? ok(solved.value.timers) : solved;
}

/** What was measured, and what could not be. */
export interface DrillsOutcome {
  readonly results: readonly DrillResult[];
  readonly findings: readonly Finding[];
}

/**
 * One drill after the other, each on a cluster that is healthy again, under one lock. A drill that cannot be run here is told
 * and left out; a cluster that does not become healthy again ends it all.
 */
export async function runDrills(spec: ClusterSpec, options: DrillsOptions): Promise<DrillsOutcome> {
  const { drills, hosts } = options;
  const seen = await observe(spec, hosts);
  const timers = timersOf(spec, seen);
  if (!timers.ok) return nothing(timers.error);
  const forbidden = drills.flat().find(({ losesQuorum }) => losesQuorum === true);
  if (forbidden && !options.allowQuorumLoss)
    return nothing([
      notRun(
        forbidden.name,
        'etcd would lose its quorum, and nothing could be written until it is healed',
        'If that is wanted: --allow-quorum-loss.',
      ),
    ]);
  const [first] = drills;
  if (!first) return nothing([]);
  const plan = await planDrill(spec, seen, timers.value, hosts, first, options.vip, options.victim);
  if (!plan.ok) return nothing(plan.error);
  if (!(await options.confirm(announcement(spec, timers.value, plan.value, drills)))) return nothing([]);
  options.onGround?.(groundOf(spec, seen, timers.value));
  const locked = await withLock(hosts, { verb: 'drill' }, options, async (lock) =>
    runLocked(spec, timers.value, options, lock),
  );
  return locked.ok ? locked.value : nothing(locked.error);
}

async function runLocked(
  spec: ClusterSpec,
  timers: Timers,
  options: DrillsOptions,
  lock: Locked,
): Promise<DrillsOutcome> {
  const { drills, runs, signal } = options;
  for (const what of lock.notes) options.onEvent({ kind: 'step', what });
  const results: DrillResult[] = [];
  const findings: Finding[] = [];
  for (let run = 0; run < runs; run += 1)
    for (const chosen of drills) {
      const failed = await attempts(async () => measure(spec, timers, chosen, options, lock), {
        retries: options.retries,
        signal,
        onResult: (result) => {
          options.onResult(result);
          results.push(result);
        },
        onRetry: (what) => options.onEvent({ kind: 'step', what }),
      });
      findings.push(...failed);
      if (signal.aborted || failed.some(({ rule }) => endsAll.includes(rule))) return { results, findings };
    }
  return { results, findings };
}

/** What one drill needs of a series' options. */
export type MeasureOptions = Omit<DrillsOptions, 'drills' | 'runs' | 'retries' | 'allowQuorumLoss'>;

/** One drill, on a cluster that is well. */
export async function measure(
  spec: ClusterSpec,
  timers: Timers,
  chosen: readonly Fault[],
  options: MeasureOptions,
  lock: Locked,
): Promise<Result<Measured, readonly Finding[]>> {
  const { rollOut, prepareMove } = options;
  const planned = await planWhenWell(spec, timers, chosen, options);
  const result = planned.ok
    ? await runDrill(spec, planned.value.plan, planned.value.state, {
        ...options,
        lockToken: lock.owner.token,
        rollOut: rollOut && (async () => rollOut(lock.owner)),
        prepareMove: prepareMove && (async (node) => prepareMove(lock.owner, node)),
      })
    : planned;
  // A node that rebooted has forgotten the lock.
  const stolen = await lock.renew();
  return stolen.length > 0 ? err([...(result.ok ? [] : result.error), ...stolen]) : result;
}

/** A node that was well after the drill before may be unwell for a moment again. */
async function planWhenWell(
  spec: ClusterSpec,
  timers: Timers,
  chosen: readonly Fault[],
  { hosts, signal, vip, victim, instruments: { clock } = real }: MeasureOptions,
): Promise<Result<{ readonly plan: DrillPlan; readonly state: ClusterState }, readonly Finding[]>> {
  const until = clock.monotonicMs() + settleMs;
  for (;;) {
    const state = await observe(spec, hosts);
    const plan = await planDrill(spec, state, timers, hosts, chosen, vip, victim);
    if (plan.ok) return ok({ plan: plan.value, state });
    const unwell = plan.error.some(({ rule }) => rule === 'not-healthy');
    if (!unwell || signal.aborted || clock.monotonicMs() > until) return plan;
    await clock.sleep(500);
  }
}

/** How long the next drill waits for a cluster that is not healthy (any more). */
const settleMs = 20_000;

/** No drill after it could be trusted: sick nodes, or somebody else's lock. */
export const endsAll: readonly string[] = ['not-healthy', 'locked', 'lock-failed'];

function nothing(findings: readonly Finding[]): DrillsOutcome {
  return { results: [], findings };
}

function announcement(
  spec: ClusterSpec,
  timers: Timers,
  { vip, strikes }: DrillPlan,
  drills: readonly (readonly Fault[])[],
): string {
  const holder = strikes[0]?.targets[0]?.node.name ?? 'nobody';
  return [
    `This will be broken, while ${vip.address} is probed (${holder} is struck first):`,
    ...drills.map(
      (chosen) =>
        `  ${drillName(chosen)}: ${chosen.map(({ summary }) => summary).join(', and ')}; predicted ${costText(predictFaults(spec, timers, chosen))}${ifKilledText(chosen)}`,
    ),
  ].join('\n');
}

function ifKilledText(chosen: readonly Fault[]): string {
  return chosen.map(({ ifKilled }) => (ifKilled === undefined ? '' : `; if this run is killed, ${ifKilled}`)).join('');
}

function costText(prediction: Prediction | undefined): string {
  if (!prediction) return 'nothing: not known';
  const { lowerMs, upperMs, impact, writes } = prediction;
  if (writes === 'fail' && impact === 'none') return 'no write succeeds until it is healed';
  if (impact === 'none') return 'no loss';
  const what = { outage: 'outage', partial: 'partial outage', 'in-flight': 'loss in flight' }[impact];
  return `${what} ${formatMs(lowerMs)} – ${Number.isFinite(upperMs) ? formatMs(upperMs) : 'until it returns'}`;
}
