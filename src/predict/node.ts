import { flappingMs, pausedMs } from '../cluster/disruption.ts';
import { formatMs } from '../core/duration.ts';
import { forEver, lacksMajority, negated, outage, takenOver, unnoticed } from './bounds.ts';
import type { Bounds, Model } from './model.ts';
import { lateShareOf, nodeLost } from './partition.ts';
import { fixed, sum, term, times } from './terms.ts';
import { nodeLoss, silenceTerms } from './vrrp.ts';

/**
 * A machine that stands still and goes on, as in a live migration: to clients it is lost. It wakes up as the holder that it was,
 * and the one of the two with the lower priority gives up with the first advert that it hears.
 */
export const nodePaused = takenOver((skew, model) => {
  const { spec, timers, allowances } = model;
  if (lacksMajority(model, spec.nodes.length - 1)) return nodeLost(model);
  const silence = silenceTerms(timers.vrrp, skew, allowances);
  const awake = [
    fixed('pause', pausedMs),
    times('adverts', 2, timers.vrrp.advertIntervalMs),
    term('waking', waking),
    term('letting go', allowances.letGo),
  ];
  const paused = outage(
    model,
    nodeLoss(timers.vrrp, skew, allowances),
    `The drill's pause is ${formatMs(pausedMs)}. While it stands still nobody reaches the old holder; awake, it gives up within two adverts.`,
    sum([...awake, ...negated(silence)]).upperMs,
  );
  return { ...paused, ...lateShareOf(model) };
});

/** The programs are let go one after the other, and have what they missed to do first. */
const waking = { lowerMs: 0, upperMs: 200 };

/** The first time it is as a link that is down; a node that comes back is a backup, and no VIP follows it. */
export function linkFlapping(model: Model): Bounds {
  const { note: _, ...lost } = nodeLost(model);
  if (!Number.isFinite(lost.upperMs)) return nodeLost(model);
  return {
    ...lost,
    note: `The drill's link changes every 2 s for ${formatMs(flappingMs)}. A node whose link is back is a backup: the VIP moves once.`,
  };
}

/** Nothing on a node asks for long answers: checks, adverts and the nodes' own traffic are short. */
export function blackHole(): Bounds {
  return {
    impact: 'partial',
    lowerMs: 0,
    upperMs: forEver,
    formula: 'until the path has its size again',
    twoHoldersUpperMs: 0,
    note: 'Nothing notices: checks and adverts are short, so no VIP moves. Clients wait for every answer that needs a long packet, often already in the TLS handshake.',
  };
}

export function diskFull(): Bounds {
  return unnoticed(
    'HAProxy and keepalived write nothing',
    'What runs goes on. Until there is room again, `apply`, `drain` and a lock find none, and a login takes seconds.',
  );
}

export function readOnlyRoot(): Bounds {
  return unnoticed(
    'HAProxy and keepalived write nothing but in /run',
    'What runs goes on, and is restarted where it dies. Until the system can be written again `apply` and `rollback` are refused, and change nothing. An etcd whose data is on the same file system ends: that is `etcd-member-killed`.',
  );
}

export function dnsGone(): Bounds {
  return unnoticed(
    'nodes and VIPs are known by address',
    'No name is looked up while HAProxy, keepalived and their scripts run. Clients that reach the API by a name need theirs.',
  );
}

/** Signed adverts carry the time, and those of a wrong one are dropped (keepalived.conf(5), `time_window`). */
export function clockStepped({ spec }: Model): Bounds {
  if (spec.keepalived.hmacKey !== undefined && spec.nodes.length > 1)
    return {
      impact: 'partial',
      lowerMs: 0,
      upperMs: forEver,
      formula: 'until the clocks agree again',
      twoHoldersUpperMs: forEver,
      note: 'The adverts are signed (`keepalived.hmacKeyFile`): nodes whose clocks are too far apart do not hear each other, and two hold the VIP. This is not drilled there.',
    };
  return unnoticed(
    'HAProxy and keepalived count by clocks that nobody sets',
    'No VIP moves, no check fails, no connection ends. The API server of that node refuses tokens that ended within the hour, or begin in it; certificates alike.',
  );
}

/** HAProxy shares the processors with others that ask for all of them; keepalived goes ahead of them. */
export function cpuStarved(): Bounds {
  return {
    impact: 'partial',
    lowerMs: 0,
    upperMs: forEver,
    formula: 'until the processors are free again',
    twoHoldersUpperMs: 0,
    note: 'Answers are late. keepalived runs in real time and its checks are patient, so no VIP moves.',
  };
}
