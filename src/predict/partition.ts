import { defaultPromptMs } from '../cluster/disruption.ts';
import { elsewhereMs } from '../cluster/timers.ts';
import { formatMs } from '../core/duration.ts';
import { arrival, forEver, lacksMajority, negated, outage, takenOver, until } from './bounds.ts';
import { avoidedTerms, hungScriptTerms, isolatedScriptTerms, memberDownTerms } from './haproxy.ts';
import type { Bounds, Model } from './model.ts';
import { fixed, sum, term, type Bound, type Term } from './terms.ts';
import { duelMs, nodeLoss, prioritiesOf, resignTerms, silenceTerms, successorSkew } from './vrrp.ts';

function noMajority({ spec }: Model): Bounds {
  return until(
    'it returns',
    `${spec.nodes.length - 1} of ${spec.nodes.length} nodes are no majority: fencing takes the VIP from the survivors.`,
  );
}

export const nodeLost = takenOver((skew, model) => {
  const { spec, timers, allowances } = model;
  const count = spec.nodes.length;
  if (lacksMajority(model, count - 1)) return noMajority(model);
  const downMs = sum(avoidedTerms(timers.check)).upperMs;
  const lost = outage(
    model,
    nodeLoss(timers.vrrp, skew, allowances),
    `Until HAProxy has marked the node's API server down (at most ${formatMs(downMs)}), up to one in ${count} new connections waits ${formatMs(elsewhereMs(timers.check))} longer.`,
  );
  return { ...lost, ...lateShareOf(model) };
});

/** Of new connections, where an API server goes with the node: those that are given to it, if they notice it before they are elsewhere. */
export function lateShareOf({ spec, timers }: Model): Pick<Bounds, 'lateShare'> {
  return elsewhereMs(timers.check) > defaultPromptMs ? { lateShare: 1 / spec.nodes.length } : {};
}

/** Until a holder that misses the majority gives the VIP up. */
function fencedTerms({ timers, allowances }: Model): Term[] {
  return [...memberDownTerms(timers.member), ...isolatedScriptTerms(timers.script, allowances)];
}

/** Clients cannot reach the old holder, so a second one is no choice for them: to them the node is lost. */
export const isolated = takenOver((skew, model) => {
  const { spec, timers, allowances } = model;
  if (lacksMajority(model, spec.nodes.length - 1)) return noMajority(model);
  const silence = silenceTerms(timers.vrrp, skew, allowances);
  const both = spec.failover.fencing ? sum([...fencedTerms(model), ...negated(silence)]).upperMs : forEver;
  const cutOff = outage(
    model,
    nodeLoss(timers.vrrp, skew, allowances),
    'The cut-off node holds the VIP too until it fences itself, but nobody reaches it.',
    both,
  );
  return { ...cutOff, ...lateShareOf(model) };
});

/** Until the others take a VIP over whose holder says nothing any more, whatever its node still does. */
export function unheard({ spec, timers, allowances }: Model): Bound {
  const skew = successorSkew(prioritiesOf(spec), timers.vrrp.advertIntervalMs);
  return sum(skew ? silenceTerms(timers.vrrp, skew, allowances) : []);
}

/**
 * How long two nodes hold the VIP where a deaf one is not its holder, or has given it up for another reason: it does not hear who has it,
 * and takes it, until it is fenced, or its HAProxy, which would fence it, is found to hang.
 */
export function takenUnheardMs(model: Model): number {
  const { spec, timers, allowances } = model;
  if (spec.nodes.length === 1) return 0;
  if (!spec.failover.fencing) return forEver;
  const silence = silenceTerms(timers.vrrp, { lowerMs: 0, upperMs: 0 }, allowances);
  const found = later(sum(fencedTerms(model)), sum(hungScriptTerms(timers.script, allowances)));
  return found.upperMs + sum([term('letting go', allowances.letGo), ...negated(silence)]).upperMs;
}

const unfenced: Bounds = {
  ...until('the cut heals', 'Without fencing, clients reach now one holder, now the other.', forEver),
  impact: 'partial',
};

function noSide({ spec }: Model): Bounds {
  return until(
    'the cut heals',
    `Neither side of the cut is a majority of ${spec.nodes.length}: fencing takes the VIP from both.`,
  );
}

function apiServersDown({ timers, allowances }: Model): Bound {
  return sum([...avoidedTerms(timers.check), term('probe', allowances.probe)]);
}

function later(a: Bound, b: Bound): Bound {
  return a.upperMs >= b.upperMs ? a : b;
}

export const cutFromPeers = takenOver((skew, model) => {
  const { spec, timers, allowances } = model;
  if (!spec.failover.fencing) return unfenced;
  if (lacksMajority(model, spec.nodes.length - 1)) return noSide(model);
  const silence = silenceTerms(timers.vrrp, skew, allowances);
  const fenced = fencedTerms(model);
  const both = sum([...fenced, ...negated(silence)]).upperMs;
  const duel = duelMs(prioritiesOf(spec), timers.vrrp.advertIntervalMs, allowances);
  // Clients are back for good when the last announcement is the new holder's, and HAProxy has given the cut node up.
  const moved = sum([...fenced, term('announcement', allowances.announceAgain), term('probe', allowances.probe)]);
  return {
    impact: 'partial',
    ...later(moved, apiServersDown(model)),
    lowerMs: 0,
    twoHoldersUpperMs: Math.max(both, duel),
    note: `Most clients move after ${formatMs(sum([...silence, ...arrival(allowances)]).upperMs)}; a share waits until the cut-off holder has given up and its API server is marked down.`,
  };
});

/** The others hear the holder, so nobody takes over until it finds itself without a majority and says goodbye. */
export const deafToPeers = takenOver((skew, model) => {
  if (!model.spec.failover.fencing) return unfenced;
  if (lacksMajority(model, model.spec.nodes.length - 1)) return noSide(model);
  const moved = sum([...fencedTerms(model), ...resignTerms(skew, model.allowances), ...arrival(model.allowances)]);
  return {
    impact: 'partial',
    ...later(moved, apiServersDown(model)),
    lowerMs: 0,
    twoHoldersUpperMs: Math.max(
      sum([term('letting go', model.allowances.letGo), ...negated(resignTerms(skew, model.allowances))]).upperMs,
      duelMs(prioritiesOf(model.spec), model.timers.vrrp.advertIntervalMs, model.allowances),
    ),
    note: 'Until the holder has fenced itself, what HAProxy sends to the other API servers waits.',
  };
});

/**
 * From the moment that two nodes hold a VIP until the worse one gives it up: refusals count once the holder before is forgotten
 * everywhere, or, for a node that has held it for long, once the others have been asked often enough.
 */
function supportedTerms({ timers: { support }, allowances }: Model): Term[] {
  const askedMs = 2 * support.interMs + (support.rise - 1) * support.fastInterMs;
  return [
    term('script', { lowerMs: 0, upperMs: allowances.scriptRun.upperMs }),
    { ...fixed('grace', Math.max(support.graceMs, askedMs)), lowerMs: 0 },
    { ...fixed('interval', support.intervalMs), lowerMs: 0 },
    term('script', { lowerMs: 0, upperMs: allowances.scriptRun.upperMs }),
    term('letting go', allowances.letGo),
  ];
}

/** Both are in the majority. The nodes that hear both refuse the worse one, whichever held the VIP first. */
export const pairCut = takenOver((skew, model) => {
  const { spec, timers, allowances } = model;
  if (!spec.failover.fencing) return unfenced;
  // With two nodes there is nobody else.
  if (lacksMajority(model, spec.nodes.length - 1)) return noSide(model);
  const refused = supportedTerms(model);
  const settled = sum([
    ...silenceTerms(timers.vrrp, skew, allowances),
    ...refused,
    term('announcement', allowances.announceAgain),
    term('probe', allowances.probe),
  ]);
  return {
    impact: 'partial',
    ...later(settled, apiServersDown(model)),
    lowerMs: 0,
    twoHoldersUpperMs: sum(refused).upperMs,
    note: 'Both serve clients until the worse one of them has given up; then clients that it drew away come back. When the cut heals, and one of the two led etcd, etcd may elect once more (before 3.5, which asks first).',
  };
});
