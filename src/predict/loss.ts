import { lossShares } from '../cluster/disruption.ts';
import type { VrrpTimers } from '../cluster/timers.ts';
import { formatMs } from '../core/duration.ts';
import { forEver, unnoticed } from './bounds.ts';
import type { Bounds, Model } from './model.ts';

const dayMs = 86_400_000;

type AdvertTimers = Pick<VrrpTimers, 'advertIntervalMs' | 'downTimerAdverts'>;

/**
 * How often a day some backup is expected to take a VIP over although its holder is well, where each advert is lost at random,
 * independently. A backup's timer ends after `downTimerAdverts` lost ones in a row (its skew is shorter than an interval), and a
 * run of n losses begins with a probability of (1 − p) pⁿ at each advert. Every backup has its own luck.
 * @param share of the adverts that is lost, 0 to 1
 */
export function falseMovesPerDay(
  { advertIntervalMs, downTimerAdverts }: AdvertTimers,
  backups: number,
  share: number,
): number {
  return backups * (dayMs / advertIntervalMs) * (1 - share) * share ** downTimerAdverts;
}

/** One drill in a thousand has more than is predicted. */
const rare = 1e-3;

/** The most events that a Poisson process has, in all but one of a thousand runs. */
export function mostOf(expected: number): number {
  let term = Math.exp(-expected);
  let sum = term;
  let count = 0;
  while (1 - sum > rare && count < 1000) {
    count += 1;
    term *= expected / count;
    sum += term;
  }
  return count;
}

/**
 * Two that hold a VIP agree with the first advert that the worse one hears: an interval, and one more for each that is lost.
 * As long as it lasts at most, in all but one of a thousand duels.
 */
function agreedMs({ advertIntervalMs }: AdvertTimers, share: number): number {
  return advertIntervalMs * (1 + Math.ceil(Math.log(rare) / Math.log(share)));
}

/** A share of the packets between the holder and the others is lost, in both ways, for so long. */
export function packetsLost(share: number, lastsMs: number) {
  return ({ spec, timers, allowances }: Model): Bounds => {
    const backups = spec.nodes.length - 1;
    if (backups === 0) return unnoticed('there is no other node', 'Nothing is sent to other nodes.');
    const moves = mostOf((falseMovesPerDay(timers.vrrp, backups, share) * lastsMs) / dayMs);
    return {
      impact: 'partial',
      lowerMs: 0,
      upperMs: forEver,
      formula: 'until no more is lost',
      twoHoldersUpperMs: Math.ceil(moves * (agreedMs(timers.vrrp, share) + allowances.letGo.upperMs)),
      note: `What HAProxy sends to the other API servers is sent again after 0.2 to 1 s, and etcd may elect again and again: then no read is answered for seconds. A VIP moves although its holder is well where ${timers.vrrp.downTimerAdverts} adverts in a row are lost: ${falseMovesText(timers.vrrp, backups)}. In the drill's ${formatMs(lastsMs)} at most ${moves}×, in all but one of a thousand drills.`,
    };
  };
}

/** What is to be expected of each VIP at shares of loss that users meet. */
function falseMovesText(timers: AdvertTimers, backups: number): string {
  const expected = lossShares.map(
    (share) => `${countText(falseMovesPerDay(timers, backups, share))}/day where ${share * 100} % is lost`,
  );
  return `expected ${expected.join(', ')}`;
}

/** Two digits that count: `9800`, `160`, `0.017`. */
export function countText(count: number): string {
  return String(Number(count.toPrecision(2)));
}
