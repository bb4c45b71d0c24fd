import { defaultPromptMs } from '../../cluster/disruption.ts';
import type { ProbeOutcome, ProbeSample } from './probe.ts';

export interface OutageOptions {
  readonly ratePerSecond: number;
  /** A probe that is answered later than this was not served promptly: slow. */
  readonly promptMs?: number;
  /** What had its answer before that belongs to no fault, however late it was, and nothing was lost before. */
  readonly injectedMs?: number;
  /** Only probes sent in this time, on the monotonic clock. */
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** Consecutive probes, by send time, that were not served promptly. */
export interface OutageWindow {
  /** When the first bad probe was sent. */
  readonly startMs: number;
  /**
   * Since when there was no service: what was sent before the fault, and was in flight when it struck, is lost too. So not before
   * the last good answer to an earlier probe came, or the first of these probes had failed.
   */
  readonly lostFromMs: number;
  /** When the next good probe was sent; for a window that nothing ended, one probe interval after the last bad one. */
  readonly endMs: number;
  readonly failed: number;
  /** Failed and slow probes. */
  readonly total: number;
  /** No good probe came after it. */
  readonly open: boolean;
}

/** All bad probes together: what a partial outage looks like, where good and bad ones take turns. */
export interface OutageSpan {
  readonly startMs: number;
  readonly endMs: number;
  /** Bad probes' share of the probes in the span: 1 is a full outage. */
  readonly share: number;
}

/** What a client lost, measured. Read nothing into it when it is not `valid`. */
export interface Outage {
  readonly windows: readonly OutageWindow[];
  readonly span?: OutageSpan;
  /** The longest window, from when service was lost; 0 when every probe was served promptly. */
  readonly outageMs: number;
  readonly probes: number;
  readonly failed: number;
  readonly slow: number;
  readonly outcomes: Readonly<Partial<Record<ProbeOutcome, number>>>;
  /** Time to the answer, of the probes that were answered; undefined when none was. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly maxMs?: number;
  /** A window may be this much longer or shorter: the longest time between two probes. */
  readonly resolutionMs: number;
  readonly valid: boolean;
  readonly invalidReason?: string;
}

/** Probes that are later than this, and than two intervals, say more about the prober than about the cluster. */
const lateMs = 50;

type Verdict = 'good' | 'slow' | 'failed';

/** Measures the outage in a run's samples; their order does not matter. */
export function outage(samples: readonly ProbeSample[], options: OutageOptions): Outage {
  const {
    ratePerSecond,
    promptMs = defaultPromptMs,
    injectedMs = -Infinity,
    fromMs = -Infinity,
    toMs = Infinity,
  } = options;
  const intervalMs = 1000 / ratePerSecond;
  const probes = samples
    .filter(({ sentMs, doneMs }) => sentMs >= fromMs && sentMs <= toMs && doneMs >= injectedMs)
    .toSorted((a, b) => a.sentMs - b.sentMs || a.index - b.index)
    .map((sample) => ({ ...sample, verdict: verdictOf(sample, promptMs) }));
  const windows = windowsOf(probes, intervalMs, injectedMs);
  const span = spanOf(windows, probes);
  const times = probes
    .filter(({ outcome }) => outcome === 'ok')
    .map(({ sentMs, doneMs }) => doneMs - sentMs)
    .toSorted((a, b) => a - b);
  const [p50Ms, p99Ms, maxMs] = [quantile(times, 0.5), quantile(times, 0.99), times.at(-1)];
  const resolutionMs = Math.max(intervalMs, ...gapsOf(probes));
  const invalidReason = problemOf(probes, resolutionMs, intervalMs);
  return {
    windows,
    ...(span ? { span } : {}),
    outageMs: Math.max(0, ...windows.map(({ lostFromMs, endMs }) => endMs - lostFromMs)),
    probes: probes.length,
    failed: probes.filter(({ verdict }) => verdict === 'failed').length,
    slow: probes.filter(({ verdict }) => verdict === 'slow').length,
    outcomes: countOutcomes(probes),
    ...(p50Ms === undefined ? {} : { p50Ms }),
    ...(p99Ms === undefined ? {} : { p99Ms }),
    ...(maxMs === undefined ? {} : { maxMs }),
    resolutionMs,
    valid: invalidReason === undefined,
    ...(invalidReason === undefined ? {} : { invalidReason }),
  };
}

interface Judged extends ProbeSample {
  readonly verdict: Verdict;
}

function verdictOf({ outcome, sentMs, doneMs }: ProbeSample, promptMs: number): Verdict {
  if (outcome !== 'ok') return 'failed';
  return doneMs - sentMs <= promptMs ? 'good' : 'slow';
}

function windowsOf(probes: readonly Judged[], intervalMs: number, injectedMs: number): OutageWindow[] {
  const windows: OutageWindow[] = [];
  let bad: Judged[] = [];
  let answeredMs = injectedMs;
  const close = (endMs: number, open: boolean): void => {
    const [first] = bad;
    if (!first) return;
    const failed = bad.filter(({ verdict }) => verdict === 'failed').length;
    const lostMs = Math.min(answeredMs, endMs, ...bad.map(({ doneMs }) => doneMs));
    const lostFromMs = Math.max(first.sentMs, lostMs);
    windows.push({ startMs: first.sentMs, lostFromMs, endMs, failed, total: bad.length, open });
    bad = [];
  };
  for (const probe of probes)
    if (probe.verdict === 'good') {
      close(probe.sentMs, false);
      answeredMs = Math.max(answeredMs, probe.doneMs);
    } else bad.push(probe);
  close((bad.at(-1)?.sentMs ?? 0) + intervalMs, true);
  return windows;
}

function spanOf(windows: readonly OutageWindow[], probes: readonly ProbeSample[]): OutageSpan | undefined {
  const [first, last] = [windows.at(0), windows.at(-1)];
  if (!first || !last) return undefined;
  const inside = probes.filter(({ sentMs }) => sentMs >= first.startMs && (last.open || sentMs < last.endMs)).length;
  const bad = windows.reduce((sum, { total }) => sum + total, 0);
  // Probes that were sent in the same instant as the good one that ends the span may be left out of `inside`.
  return { startMs: first.lostFromMs, endMs: last.endMs, share: bad / Math.max(bad, inside) };
}

function gapsOf(probes: readonly ProbeSample[]): number[] {
  return probes.slice(1).map(({ sentMs }, i) => sentMs - (probes[i]?.sentMs ?? sentMs));
}

function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

function countOutcomes(probes: readonly ProbeSample[]): Partial<Record<ProbeOutcome, number>> {
  const counts: Partial<Record<ProbeOutcome, number>> = {};
  for (const { outcome } of probes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** Why nothing can be concluded, or undefined. */
function problemOf(probes: readonly ProbeSample[], resolutionMs: number, intervalMs: number): string | undefined {
  const limitMs = Math.max(lateMs, 2 * intervalMs);
  const worstMs = Math.max(0, ...probes.map(({ latenessMs }) => latenessMs));
  const own = probes.filter(({ outcome }) => outcome === 'local').length;
  if (probes.length === 0) return 'no probe was sent';
  if (own > 0) return `${own} probes failed in the prober itself (files, ports or memory)`;
  if (worstMs > limitMs)
    return `probes were sent up to ${Math.round(worstMs)} ms late (limit ${Math.round(limitMs)} ms): the prober was short of processor time`;
  if (resolutionMs > limitMs + intervalMs)
    return `for ${Math.round(resolutionMs)} ms no probe was sent (limit ${Math.round(limitMs + intervalMs)} ms): the prober was interrupted`;
  return undefined;
}
