import { lateMs, strangerMs } from '../cluster/disruption.ts';
import { formatMs } from '../core/duration.ts';
import { outage, takenOver } from './bounds.ts';
import type { Bounds, Model } from './model.ts';
import { resigningTwiceMs } from './process.ts';
import { fixed, sum, term } from './terms.ts';
import { resignTerms } from './vrrp.ts';

/** Clients follow whoever spoke last: the stranger, and within a second the holder, which announces its VIPs again and again. */
export function addressTaken({ allowances }: Model): Bounds {
  return {
    impact: 'partial',
    ...sum([
      fixed('stranger', strangerMs),
      term('announcement', allowances.announceAgain),
      term('queue', queue),
      term('probe', allowances.probe),
    ]),
    lowerMs: 0,
    twoHoldersUpperMs: 0,
    note: `Each time that the stranger speaks, clients of the same segment reach it until the holder announces the VIP again, at most ${formatMs(allowances.announceAgain.upperMs)} later; the drill's speaks once a second for ${formatMs(strangerMs)}. No VIP moves. \`check --live\` looks for who answers for a VIP beside its holder.`,
  };
}

/** Clients whose first packets were lost send them again when a second, or two, are over: all that waited come at once. */
const queue = { lowerMs: 0, upperMs: 1000 };

/** The nodes are told to be silent over connections of their own, and end it by clocks of their own. */
const striking = { lowerMs: 0, upperMs: 500 };

/** The VIP moves as if handed over; who still has the old holder in its table sends there until it hears of the new one. */
export const lateArp = takenOver((skew, model) => {
  const { allowances } = model;
  const bound = sum([
    fixed('late', lateMs),
    term('striking', striking),
    ...resignTerms(skew, allowances),
    term('announcement', allowances.announceAgain),
    term('probe', allowances.probe),
  ]);
  return outage(
    model,
    { ...bound, lowerMs: 0 },
    `The drill keeps announcements back for ${formatMs(lateMs)}; the holder repeats them every ${formatMs(allowances.announceAgain.upperMs)}, so a switch, a router or a client that ignored the first ones follows then. Sooner where the old holder forwards packets (ip_forward, as Kubernetes wants it), or the client asks again.`,
    resigningTwiceMs(skew, model),
  );
});
