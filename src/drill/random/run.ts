import { formatMs } from '../../core/duration.ts';
import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Timers } from '../../cluster/timers.ts';
import type { Finding } from '../../core/finding.ts';
import type { Result } from '../../core/result.ts';
import { withLock, type Locked } from '../../lock/lock.ts';
import { observe } from '../../observe/once/observe.ts';
import { recovery } from '../../predict/recovery.ts';
import { endsAll, measure, timersOf, type DrillsOptions } from '../drills.ts';
import type { Fault } from '../fault.ts';
import { faults } from '../faults/index.ts';
import { groundOf } from '../ground.ts';
import { instruments as real } from '../instruments.ts';
import type { DrillResult, Measured } from '../result.ts';
import { drillName, planDrill } from '../target.ts';
import { randomRounds, suitable, type Round } from './rounds.ts';
import { violationsOf } from './violation.ts';

export interface RandomOptions extends Omit<
  DrillsOptions,
  'drills' | 'runs' | 'retries' | 'allowQuorumLoss' | 'victim'
> {
  /** The same seed breaks the same things in the same order. */
  readonly seed: number;
  /** No round begins after this time, in milliseconds. */
  readonly forMs: number;
  /** Told what a round showed that it must not, before smaller ones are tried. */
  readonly onViolation: (violation: Violation) => void;
}

/** A round that showed what none may. */
export interface Violation {
  readonly round: number;
  readonly what: readonly string[];
  /** `a+b` as `drill` takes it, and the node that was struck. */
  readonly drill: string;
  readonly victim: string;
  /** The fewest of its faults that showed a violation when they were tried again; undefined where none did. */
  readonly smallest?: string;
}

export interface RandomOutcome {
  readonly rounds: number;
  /** Rounds in which the prober was too late to judge times; everything else about them was judged. */
  readonly invalid: number;
  /** Why rounds were left out: a fault that cannot be brought about on that node. */
  readonly skipped: readonly string[];
  readonly violations: readonly Violation[];
  /** Each connection of a round is kept only where something was wrong. */
  readonly results: readonly DrillResult[];
  /** How long after the healing clients may fail, as predicted. */
  readonly backWithinMs: number;
  /** Why it ended before its time. */
  readonly findings: readonly Finding[];
}

/**
 * Breaks one to three things at once, heals them, and looks whether anything happened that must not, for as long as told and
 * under one lock. Every round begins on a cluster that is healthy.
 */
export async function runRandom(spec: ClusterSpec, options: RandomOptions): Promise<RandomOutcome> {
  const seen = await observe(spec, options.hosts);
  const timers = timersOf(spec, seen);
  if (!timers.ok) return ended(timers.error);
  const pool = suitable(faults, { power: options.power, rollOut: options.rollOut && (async () => []) });
  const well = await planDrill(spec, seen, timers.value, options.hosts, pool.slice(0, 1), options.vip);
  if (!well.ok) return ended(well.error);
  if (!(await options.confirm(announcement(well.value.vip.address, pool, options)))) return ended([]);
  options.onGround?.(groundOf(spec, seen, timers.value));
  const locked = await withLock(options.hosts, { verb: 'drill' }, options, async (lock) =>
    runLocked(spec, timers.value, pool, options, lock),
  );
  return locked.ok ? locked.value : ended(locked.error);
}

function announcement(vip: string, pool: readonly Fault[], { seed, forMs }: RandomOptions): string {
  return [
    `For ${formatMs(forMs)} one to three of these will be broken at once, on one node, and healed again, while ${vip} is used (seed ${seed}):`,
    ...pool.map(({ name, summary }) => `  ${name}: ${summary}`),
  ].join('\n');
}

async function runLocked(
  spec: ClusterSpec,
  timers: Timers,
  pool: readonly Fault[],
  options: RandomOptions,
  lock: Locked,
): Promise<RandomOutcome> {
  const { instruments: { clock } = real, signal, seed, forMs } = options;
  const step = (what: string): void => options.onEvent({ kind: 'step', what });
  for (const what of lock.notes) step(what);
  const outcome = { rounds: 0, invalid: 0 };
  const backWithinMs = recovery(spec, timers).upperMs;
  const [results, violations, skipped]: [DrillResult[], Violation[], string[]] = [[], [], []];
  const end = (findings: readonly Finding[]): RandomOutcome => ({
    ...outcome,
    backWithinMs,
    skipped,
    violations,
    results,
    findings,
  });
  const tryRound = async ({ faults: chosen, victim }: Round): Promise<Tried> => {
    const measured: Result<Measured, readonly Finding[]> = await measure(
      spec,
      timers,
      chosen,
      { ...options, victim },
      lock,
    );
    if (!measured.ok) return { failed: measured.error };
    const result = { ...measured.value, attempt: 1 };
    const what = violationsOf(result, backWithinMs);
    results.push(what.length > 0 ? result : { ...result, samples: [] });
    options.onResult(result);
    return { result, what };
  };

  const untilMs = clock.monotonicMs() + forMs;
  const names = spec.nodes.map(({ name }) => name);
  for (const round of randomRounds(seed, names, pool)) {
    if (signal.aborted || clock.monotonicMs() >= untilMs) break;
    const tried = await tryRound(round);
    if ('failed' in tried) {
      if (tried.failed.some(({ rule }) => endsAll.includes(rule))) return end(tried.failed);
      for (const { message } of tried.failed) {
        skipped.push(message);
        step(message);
      }
      continue;
    }
    outcome.rounds += 1;
    if (tried.result.verdict === 'invalid') outcome.invalid += 1;
    if (tried.what.length === 0) continue;
    const drill = drillName(round.faults);
    const violation = {
      round: outcome.rounds,
      what: tried.what,
      drill,
      victim: round.victim ?? tried.result.nodes[0] ?? '',
    };
    options.onViolation(violation);
    const fewest = await smallest(round, async (smaller) => {
      if (signal.aborted) return false;
      const again = await tryRound(smaller);
      return !('failed' in again) && again.what.length > 0;
    });
    violations.push({ ...violation, ...(fewest && { smallest: drillName(fewest.faults) }) });
  }
  return end([]);
}

type Tried =
  { readonly failed: readonly Finding[] } | { readonly result: DrillResult; readonly what: readonly string[] };

/** The fewest faults of a round that show a violation again; undefined where not even all of them do. */
export async function smallest(round: Round, shows: (round: Round) => Promise<boolean>): Promise<Round | undefined> {
  for (const faults of subsets(round.faults).toSorted((a, b) => a.length - b.length)) {
    const smaller = { ...round, faults };
    if (await shows(smaller)) return smaller;
  }
  return undefined;
}

function subsets<T>([first, ...others]: readonly T[]): readonly (readonly T[])[] {
  if (first === undefined) return [];
  const without = subsets(others);
  return [[first], ...without, ...without.map((subset) => [first, ...subset])];
}

function ended(findings: readonly Finding[]): RandomOutcome {
  return { rounds: 0, invalid: 0, backWithinMs: 0, skipped: [], violations: [], results: [], findings };
}
