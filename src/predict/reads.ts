import type { DisruptionKind, Reads } from '../cluster/disruption.ts';
import { forEver } from './bounds.ts';
import { avoidedTerms } from './haproxy.ts';
import type { Bounds, Model } from './model.ts';
import { fixed, sum, term, type Term } from './terms.ts';

/** etcd's default election timeout, after which a leader that hears no majority steps down (etcd's `--election-timeout`). */
const stepsDownMs = 1000;

function elected({ allowances }: Model): Term[] {
  return [term('etcd election', allowances.etcdElection), term('probe', allowances.probe)];
}

function longer(bounds: Bounds, impact: Reads['impact'], terms: readonly Term[]): Reads {
  const bound = sum(terms);
  const { lowerMs, upperMs, formula } = bounds;
  return bound.upperMs > upperMs
    ? { impact, lowerMs, upperMs: bound.upperMs, formula: bound.formula }
    : { impact, lowerMs, upperMs, formula };
}

/** The node's etcd member goes with it, and may be the leader: the others elect one while the address moves. */
function memberGone(model: Model, bounds: Bounds): Reads {
  return longer(bounds, bounds.impact, elected(model));
}

/** A leader that is only deaf sends on, and steps down when nobody answered for an election timeout. */
function memberDeaf(model: Model, bounds: Bounds): Reads {
  return longer(bounds, bounds.impact, [fixed('etcd steps down', stepsDownMs), ...elected(model)]);
}

/** Its API server alone cannot read until it is back, or HAProxy has marked it down. */
function memberDead(model: Model, bounds: Bounds): Reads {
  const { timers, allowances } = model;
  return longer(bounds, 'partial', [...avoidedTerms(timers.check), term('probe', allowances.probe)]);
}

/** The others elect a leader, and until it is back the killed member's API server cannot read. */
function leaderDead(model: Model, bounds: Bounds): Reads {
  const member = memberDead(model, bounds);
  return longer({ ...bounds, ...member }, 'partial', elected(model));
}

/** etcd ends before the API server beside it, which answers what needs no etcd until it ends too, or is found not ready. */
function memberEnds(model: Model, bounds: Bounds): Reads {
  const { upperMs, formula } = leaderDead(model, bounds);
  return { ...memberGone(model, bounds), upperMs, formula, ofFollowers: true };
}

/**
 * A member that does not hear the leader, while a majority does, cannot take its place: who hears the leader gives no vote (etcd
 * always has raft's CheckQuorum). Its API server alone cannot read, until the others have found that out.
 */
function leaderUnheard(model: Model, bounds: Bounds): Reads {
  const { check } = model.timers;
  return longer(bounds, 'partial', [
    fixed('inter', check.interMs),
    fixed('answer', check.answerMs),
    term('probe', model.allowances.probe),
  ]);
}

function quorumLost(): Reads {
  return { impact: 'outage', lowerMs: 0, upperMs: forEver, formula: 'until a majority of etcd is back' };
}

const reads: Readonly<Partial<Record<DisruptionKind, (model: Model, bounds: Bounds) => Reads>>> = {
  'node-lost': memberGone,
  'node-rebooted': memberEnds,
  'node-paused': memberGone,
  'link-down': memberGone,
  'link-flapping': memberGone,
  isolated: memberGone,
  'cut-from-peers': memberGone,
  'mute-to-peers': memberDeaf,
  'deaf-to-peers': memberDeaf,
  'pair-cut': leaderUnheard,
  'etcd-member-killed': memberDead,
  'etcd-leader-killed': leaderDead,
  'etcd-quorum-lost': quorumLost,
};

/**
 * What reads that need etcd's majority lose, where that is more than new connections do: the API servers answer, and wait for
 * etcd. Undefined where both lose the same.
 */
export function readsOf(kind: DisruptionKind, model: Model, bounds: Bounds): Reads | undefined {
  const { spec } = model;
  const stacked = spec.etcd.mode === 'stacked' && spec.nodes.length > 1;
  return stacked && Number.isFinite(bounds.upperMs) ? reads[kind]?.(model, bounds) : undefined;
}
