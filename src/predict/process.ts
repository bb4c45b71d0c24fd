import { exhaustedMs } from '../cluster/disruption.ts';
import { formatMs } from '../core/duration.ts';
import { arrival, negated, outage, takenOver, unnoticed } from './bounds.ts';
import { hungScriptTerms } from './haproxy.ts';
import type { Range } from './allowances.ts';
import type { Bounds, Model } from './model.ts';
import { fixed, sum, term, times } from './terms.ts';
import { resignTerms, silenceTerms } from './vrrp.ts';

/** The holder gives the VIP up with a priority-0 advert: the backup waits only for its skew. */
export function handedOver(note: string): (model: Model) => Bounds {
  return takenOver((skew, model) =>
    outage(
      model,
      sum([...resignTerms(skew, model.allowances), ...arrival(model.allowances)]),
      note,
      resigningTwiceMs(skew, model),
    ),
  );
}

/** The backup may be there before the holder has taken its addresses off. */
export function resigningTwiceMs(skew: Range, { allowances }: Model): number {
  return sum([term('letting go', allowances.letGo), ...negated(resignTerms(skew, allowances))]).upperMs;
}

export const keepalivedKilled = takenOver((skew, model) => {
  const { timers, allowances } = model;
  // The VIP answers on the dead keepalived's node until its unit has taken it off.
  const { unitReaction } = allowances;
  const cleaned = {
    lowerMs: -unitReaction.upperMs,
    upperMs: -unitReaction.lowerMs,
    text: `-${formatMs(unitReaction.lowerMs)} clean-up`,
  };
  const silence = silenceTerms(timers.vrrp, skew, allowances);
  const both = sum([term('clean-up', unitReaction), ...negated(silence)]).upperMs;
  return outage(
    model,
    sum([...silence, cleaned, ...arrival(allowances)]),
    'The VIP answers until the unit has taken it off. Where only the parent is killed, its VRRP process says goodbye, and it is as if stopped.',
    both,
  );
});

/** The hung one's VIP answers until another node has announced it, and stays until who looks at it ends the hung one. */
export const keepalivedHung = takenOver((skew, model) => {
  const { timers, allowances } = model;
  const silence = silenceTerms(timers.vrrp, skew, allowances);
  const ended = [
    times('looks', timers.script.looks + 1, timers.script.lookMs, timers.script.looks),
    term('looking', { lowerMs: 0, upperMs: timers.script.looks * lookTookMs }),
    term('clean-up', allowances.unitReaction),
  ];
  return {
    impact: 'in-flight',
    ...sum([...arrival(allowances)]),
    lowerMs: 0,
    twoHoldersUpperMs: sum([...ended, ...negated(silence)]).upperMs,
    note: 'Another node takes over while the VIP still answers on the hung one, which is ended when it did not run for so many looks. One that waits for a processor does not hang.',
  };
});

/** A look is a process that sleeps, and three files. */
const lookTookMs = 25;

export const haproxyKilled = takenOver((skew, model) => {
  const { allowances } = model;
  return outage(
    model,
    sum([term('systemd', allowances.unitReaction), ...resignTerms(skew, allowances), ...arrival(allowances)]),
    undefined,
    resigningTwiceMs(skew, model),
  );
});

/** New clients wait in the kernel's queue, and are served when there is room again. The VIP stays: its check has a reserve. */
export function exhausted({ allowances }: Model): Bounds {
  return {
    impact: 'outage',
    ...sum([fixed('full', exhaustedMs), term('reload and queue', turning), term('probe', allowances.probe)]),
    twoHoldersUpperMs: 0,
    note: `For as long as it is full; the drill keeps it so for ${formatMs(exhaustedMs)}. The VIP stays, because the next node would be filled by the same clients.`,
  };
}

/**
 * A process of the node tells HAProxy, and reloads it when the time is over; those that waited are served first then, at 100 a second
 * some 200 of them. Seen with real Kubernetes on a busy machine: 0.4 to 1.1 s for both.
 */
const turning: Range = { lowerMs: -100, upperMs: 1200 };

export const haproxyHung = takenOver((skew, model) => {
  const { timers, allowances } = model;
  return outage(
    model,
    sum([...hungScriptTerms(timers.script, allowances), ...resignTerms(skew, allowances), ...arrival(allowances)]),
    timers.script.intervalMs >= 1000 ? 'keepalived before 2.3.2 begins a check each second at most.' : undefined,
    resigningTwiceMs(skew, model),
  );
});

/** Both programs find the addresses as they left them, and leave those that are not theirs. */
export function networkRestarted(): Bounds {
  return unnoticed(
    'addresses stay while the service restarts',
    'systemd-networkd and NetworkManager leave a VIP alone when they restart; one that they take off keepalived puts back within milliseconds. ifupdown takes the link down: that is `link-down`.',
  );
}

export function reloaded(): Bounds {
  return unnoticed(
    'connections are kept',
    'The new HAProxy takes the listening sockets over; keepalived keeps the VIP.',
  );
}
