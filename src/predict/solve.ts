import type { ClusterSpec, FailoverSpec } from '../cluster/spec.ts';
import type {
  CheckTimers,
  MemberTimers,
  NodeFacts,
  PinnedTimers,
  ScriptTimers,
  SupportTimers,
  Timers,
  VrrpTimers,
} from '../cluster/timers.ts';
import { durationText } from '../core/duration.ts';
import type { Finding } from '../core/finding.ts';
import { err, ok, type Result } from '../core/result.ts';
import { versionText } from '../core/version.ts';
import { defaultAllowances, type Allowances } from './allowances.ts';
import { features, oldestKeepalived, type Features } from './features.ts';
import { nodeLoss, prioritiesOf, successorSkew } from './vrrp.ts';

/** The timers, and what the operator should know about them (warnings only). */
export interface Solution {
  readonly timers: Timers;
  readonly findings: readonly Finding[];
}

export interface SolveOptions {
  /** The nodes' VRRP priorities, for each VIP; steps of 20 from 254 when absent. They make the skew. */
  readonly priorities?: readonly (readonly number[])[];
  readonly allowances?: Allowances;
}

/** VRRPv3 counts in centiseconds, in 12 bits (RFC 9568 §5.2.7). */
const advertStepMs = 10;
const longestAdvertMs = 40_950;

/** A busy host missed shorter adverts in measurements even with real-time priority: only where the operator pins them. */
const shortestUnpinnedMs = 30;
const longestSolvedMs = 1000;

/**
 * Finds the timers that keep the outage after the loss of the VIP holder within `failover.targetMs`. Four adverts may be
 * missed; a fifth of the target is kept for takeover, announcement and the client. Pinned values are taken as they are.
 * @param nodes how many nodes the cluster has
 * @param facts of every node: the oldest keepalived decides
 * @returns the timers with warnings, or, for a target that cannot be met, the errors that say why
 */
export function solve(
  failover: FailoverSpec,
  nodes: number,
  facts: readonly Pick<NodeFacts, 'keepalived'>[],
  { priorities = [steppedPriorities(nodes)], allowances = defaultAllowances }: SolveOptions = {},
): Result<Solution, readonly Finding[]> {
  const oldest = oldestKeepalived(facts);
  const can: Features = oldest ? features({ keepalived: oldest }) : { subSecondScripts: false, downTimerAdverts: true };
  const { targetMs, timers: pinned } = failover;
  const downTimerAdverts = can.downTimerAdverts ? (pinned.downTimerAdverts ?? 4) : 3;
  const startupDelayMs = pinned.startupDelayMs ?? 3000;
  const vrrpWith = (advertIntervalMs: number): VrrpTimers => ({ advertIntervalMs, downTimerAdverts, startupDelayMs });
  const lossMs = (advertIntervalMs: number): number => {
    const skew = successorSkew(priorities, advertIntervalMs) ?? { lowerMs: 0, upperMs: 0 };
    return nodeLoss(vrrpWith(advertIntervalMs), skew, allowances).upperMs;
  };

  const budgetMs = floorToStep((0.8 * targetMs) / downTimerAdverts);
  const advertIntervalMs =
    pinned.advertIntervalMs ?? longestWithin(targetMs, Math.min(longestSolvedMs, budgetMs), lossMs);
  const stallMs = failover.hostStallMs ?? 0;
  const skewMs = successorSkew(priorities, advertIntervalMs)?.lowerMs ?? 0;
  // The last advert may have gone out right before the stall.
  const patienceMs = (downTimerAdverts - 1) * advertIntervalMs + skewMs;
  const findings = [
    ...pinProblems(pinned),
    ...(advertIntervalMs >= shortestUnpinnedMs && patienceMs < stallMargin * stallMs
      ? [targetBelowStall({ targetMs, advertIntervalMs, patienceMs, stallMs })]
      : []),
    ...(pinned.advertIntervalMs === undefined && advertIntervalMs < shortestUnpinnedMs
      ? [targetTooTight(targetMs, advertIntervalMs, lossMs(shortestUnpinnedMs))]
      : []),
  ];
  if (findings.length > 0) return err(findings);
  const timers: Timers = {
    vrrp: vrrpWith(advertIntervalMs),
    script: scriptTimers(can),
    check: checkTimers(targetMs, pinned),
    member: memberTimers,
    support: supportTimers(can),
  };
  const warnings = [
    ...(lossMs(advertIntervalMs) > targetMs ? [targetMissed(targetMs, lossMs(advertIntervalMs))] : []),
    ...(advertIntervalMs < shortestUnpinnedMs ? [advertsFast(advertIntervalMs)] : []),
    ...(!can.downTimerAdverts && oldest && pinned.downTimerAdverts !== undefined && pinned.downTimerAdverts !== 3
      ? [downTimerIgnored(pinned.downTimerAdverts, versionText(oldest))]
      : []),
  ];
  return ok({ timers, findings: warnings });
}

/** `solve` with the specification's own priorities. */
export function solveSpec(
  spec: ClusterSpec,
  facts: readonly Pick<NodeFacts, 'keepalived'>[],
  allowances: Allowances = defaultAllowances,
): Result<Solution, readonly Finding[]> {
  return solve(spec.failover, spec.nodes.length, facts, { priorities: prioritiesOf(spec), allowances });
}

function steppedPriorities(nodes: number): number[] {
  return Array.from({ length: nodes }, (_, i) => Math.max(1, 254 - 20 * i));
}

function floorToStep(ms: number): number {
  return Math.floor(ms / advertStepMs + 1e-9) * advertStepMs;
}

/** The longest interval up to `fromMs` that meets the target; 0 when none does. */
function longestWithin(targetMs: number, fromMs: number, lossMs: (advertIntervalMs: number) => number): number {
  for (let ms = fromMs; ms >= advertStepMs; ms -= advertStepMs) if (lossMs(ms) <= targetMs) return ms;
  return 0;
}

/**
 * Two tries right after each other, so that one slow answer moves nothing. keepalived before 2.3.2 begins a run each second at
 * most: there one run asks four times, and a hang is found within 0.9 s; with milliseconds, within 0.7 s.
 */
function scriptTimers({ subSecondScripts }: Features): ScriptTimers {
  return subSecondScripts
    ? { intervalMs: 200, timeoutMs: 800, asks: 1, askEveryMs: 200, ...tried }
    : { intervalMs: 1000, timeoutMs: 2000, asks: 4, askEveryMs: 200, ...tried };
}

const tried = {
  tries: 2,
  tryTimeoutMs: 200,
  fall: 1,
  rise: 2,
  /** Ten runs of the slower script: a node that is so busy that none of them came to run is no holder to keep. */
  watchdogMs: 10_000,
  /** keepalived runs once a second at least, whatever its state: it begins scripts. Looks take 1.6 s and more. */
  lookMs: 200,
  looks: 8,
} as const;

/** Checks of the API servers cost them TLS handshakes: a cluster that accepts longer outages is asked less often. */
function checkTimers(targetMs: number, pinned: PinnedTimers): CheckTimers {
  const relaxedMs = targetMs <= 1000 ? 500 : targetMs <= 5000 ? 1000 : 2000;
  const interMs = pinned.checkIntervalMs ?? relaxedMs;
  return {
    interMs,
    fastInterMs: Math.min(interMs, relaxedMs / 5),
    downInterMs: interMs,
    fall: pinned.checkFall ?? 2,
    rise: pinned.checkRise ?? 2,
    connectMs: pinned.connectTimeoutMs ?? Math.min(relaxedMs, 1000),
    answerMs: 3000,
  };
}

/**
 * The other nodes' kernels answer these checks, however busy their programs are; a second opinion is the check script's, which asks
 * on more ports. A holder that is cut off gives the VIP up after half a second, and within one even where keepalived checks once a
 * second.
 */
const memberTimers: MemberTimers = { interMs: 100, fastInterMs: 100, fall: 1, connectMs: 100, askMs: 150 };

/** A node asks three times a second, and is forgotten when it has missed two questions. */
const claims = { claimMs: 700, interMs: 300, fastInterMs: 100, fall: 2, rise: 3, answerMs: 300 } as const;

/**
 * A holder that hangs or dies is known to the others for as long as its script may be late, or its questions; after a takeover
 * that must be over, and the last refusal withdrawn, before refusals count.
 */
function supportTimers({ subSecondScripts }: Features): SupportTimers {
  const intervalMs = subSecondScripts ? 500 : 1000;
  const heldMs = intervalMs + 500;
  const { claimMs, interMs, fastInterMs, fall } = claims;
  const withdrawnMs = interMs + (fall - 1) * fastInterMs;
  return {
    ...claims,
    intervalMs,
    heldMs,
    graceMs: Math.max(heldMs + interMs, claimMs) + withdrawnMs,
    refusedMs: 30_000,
  };
}

const advertPath = ['failover', 'timers', 'advertInterval'] as const;

function pinProblems({ advertIntervalMs }: PinnedTimers): Finding[] {
  if (advertIntervalMs === undefined) return [];
  const inSteps = advertIntervalMs % advertStepMs === 0;
  if (inSteps && advertIntervalMs >= advertStepMs && advertIntervalMs <= longestAdvertMs) return [];
  return [
    {
      rule: 'advert-interval-step',
      severity: 'error',
      message: `VRRP cannot send adverts every ${durationText(advertIntervalMs)}`,
      reason: 'VRRP version 3 counts in steps of 10 ms, from 10 ms to 40.95 s; keepalived would round.',
      suggestion: `Write ${durationText(Math.min(longestAdvertMs, Math.max(advertStepMs, floorToStep(advertIntervalMs))))}, or leave it out and let the target decide.`,
      path: advertPath,
    },
  ];
}

function targetTooTight(targetMs: number, advertMs: number, shortestLossMs: number): Finding {
  return {
    rule: 'failover-target-too-tight',
    severity: 'error',
    message: `a target of ${durationText(targetMs)} needs adverts every ${durationText(Math.max(advertStepMs, advertMs))}${advertMs < advertStepMs ? ' or less' : ''}; below 30ms a busy host is taken for a dead one`,
    reason:
      'Under load, adverts of 10 ms caused false failovers even with real-time priority; adverts of 30 ms did not.',
    suggestion: `Accept ${durationText(Math.ceil(shortestLossMs / 10) * 10)} or more, or pin failover.timers.advertInterval after you have measured these hosts under load.`,
    path: ['failover', 'target'],
  };
}

function targetMissed(targetMs: number, lossMs: number): Finding {
  return {
    rule: 'failover-target-missed',
    severity: 'warning',
    message: `with the pinned timers the loss of the VIP holder takes up to ${durationText(Math.ceil(lossMs))}, more than the target of ${durationText(targetMs)}`,
    reason: 'Pinned timers are taken as they are, whatever the target says.',
    suggestion: 'Remove the pinned timers, or raise failover.target.',
    path: ['failover', 'timers'],
  };
}

/** A stall that was measured may be longer the next time. */
const stallMargin = 1.5;

function targetBelowStall({
  targetMs,
  advertIntervalMs,
  patienceMs,
  stallMs,
}: {
  targetMs: number;
  advertIntervalMs: number;
  patienceMs: number;
  stallMs: number;
}): Finding {
  return {
    rule: 'failover-target-too-tight',
    severity: 'error',
    message: `a target of ${durationText(targetMs)} needs adverts every ${durationText(advertIntervalMs)}; these hosts stall for up to ${durationText(stallMs)}, and a holder that is silent for ${durationText(Math.floor(patienceMs))} is taken for a dead one`,
    reason: 'The VIP would move although nothing failed, just because a node was busy.',
    suggestion: `Accept ${durationText(Math.ceil((targetMs * stallMargin * stallMs) / patienceMs / 50) * 50)} or more, or give the nodes processors of their own and measure again (k8s-ha soak).`,
    path: ['failover', 'target'],
  };
}

function advertsFast(advertMs: number): Finding {
  return {
    rule: 'advert-interval-fast',
    severity: 'warning',
    message: `adverts every ${durationText(advertMs)} take a busy host for a dead one`,
    reason:
      'Under load, adverts of 10 ms caused false failovers even with real-time priority; adverts of 30 ms did not.',
    suggestion: 'Measure these hosts under full load before you rely on it, or pin 30ms or more.',
    path: advertPath,
  };
}

function downTimerIgnored(pinned: number, version: string): Finding {
  return {
    rule: 'down-timer-adverts-unsupported',
    severity: 'warning',
    message: `keepalived ${version} ignores downTimerAdverts: ${pinned}; the timers are computed with 3`,
    reason: 'down_timer_adverts came with keepalived 2.2.3, and all nodes must use the same number.',
    suggestion: 'Upgrade keepalived, or remove the pin.',
    path: ['failover', 'timers', 'downTimerAdverts'],
  };
}
