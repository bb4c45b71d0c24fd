import { priorityOf, type ClusterSpec } from '../cluster/spec.ts';
import type { VrrpTimers } from '../cluster/timers.ts';
import type { Allowances, Range } from './allowances.ts';
import { sum, term, times, type Bound, type Term } from './terms.ts';

/** Skew_Time in milliseconds: (256 − priority) / 256 × advertisement interval. RFC 9568 §6.1. */
export function skewMs(priority: number, advertIntervalMs: number): number {
  return ((256 - priority) / 256) * advertIntervalMs;
}

/** The timers that decide when a backup takes over; others may be there. */
type DownTimers = Pick<VrrpTimers, 'advertIntervalMs' | 'downTimerAdverts'> & Partial<VrrpTimers>;

/**
 * Active_Down_Interval in milliseconds: the silence after which a backup takes over. RFC 9568 §6.1 has 3 × interval + skew;
 * keepalived's `down_timer_adverts` replaces the 3.
 */
export function downIntervalMs(priority: number, timers: DownTimers): number {
  return timers.downTimerAdverts * timers.advertIntervalMs + skewMs(priority, timers.advertIntervalMs);
}

/**
 * Skew of the backup that takes over, over every VIP and every node that may hold it (with nopreempt any may). Undefined
 * for a single node: nobody takes over.
 */
export function successorSkew(priorities: readonly (readonly number[])[], advertIntervalMs: number): Range | undefined {
  const skews = priorities.flatMap((ofVip) =>
    ofVip.flatMap((_, holder) => {
      const others = ofVip.filter((_, node) => node !== holder);
      return others.length === 0 ? [] : [skewMs(Math.max(...others), advertIntervalMs)];
    }),
  );
  return skews.length === 0 ? undefined : { lowerMs: Math.min(...skews), upperMs: Math.max(...skews) };
}

/** The nodes' priorities, for each VIP. */
export function prioritiesOf(spec: ClusterSpec): number[][] {
  return spec.endpoint.virtualIPs.map((vip) => spec.nodes.map((node) => priorityOf(spec, node, vip)));
}

/**
 * After a takeover, two backups may both be Active until the advertisement of the higher priority arrives (RFC 9568 §6.4.3):
 * where their skews lie closer than adverts and timers are late. 0 with fewer than two backups, or priorities far apart.
 */
export function duelMs(
  priorities: readonly (readonly number[])[],
  advertIntervalMs: number,
  { timing }: Allowances,
): number {
  const close = priorities.some((ofVip) =>
    ofVip.some((_, holder) => {
      const others = ofVip.filter((_, node) => node !== holder).toSorted((a, b) => b - a);
      const [best, next] = others;
      if (best === undefined || next === undefined) return false;
      return skewMs(next, advertIntervalMs) - skewMs(best, advertIntervalMs) < 2 * timing.upperMs;
    }),
  );
  return close ? timing.upperMs : 0;
}

/** From the holder's death to the backup's decision. The death may come right after an advert or right before the next. */
export function silenceTerms(
  { advertIntervalMs, downTimerAdverts }: DownTimers,
  skew: Range,
  { timing }: Allowances,
): Term[] {
  return [
    times('adverts', downTimerAdverts, advertIntervalMs, downTimerAdverts - 1),
    term('skew', skew),
    term('timing', timing),
  ];
}

/** From an advertisement of priority 0 to the backup's decision: only its skew (RFC 9568 §6.4.2). */
export function resignTerms(skew: Range, { timing }: Allowances): Term[] {
  return [term('skew', skew), term('timing', timing)];
}

/** How long a client is without the VIP when its holder loses power. */
export function nodeLoss(timers: VrrpTimers, skew: Range, allowances: Allowances): Bound {
  return sum([
    ...silenceTerms(timers, skew, allowances),
    term('takeover', allowances.takeover),
    term('probe', allowances.probe),
  ]);
}
