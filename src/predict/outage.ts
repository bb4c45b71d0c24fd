import { majority, type ClusterSpec } from '../cluster/spec.ts';
import type { DisruptionKind, Prediction } from '../cluster/disruption.ts';
import type { Timers } from '../cluster/timers.ts';
import { formatMs } from '../core/duration.ts';
import type { Allowances, Range } from './allowances.ts';
import { apiServerDownTerms, hungScriptTerms, isolatedScriptTerms, memberDownTerms } from './haproxy.ts';
import { sum, term, type Bound, type Term } from './terms.ts';
import { duelMs, nodeLoss, prioritiesOf, resignTerms, silenceTerms, successorSkew } from './vrrp.ts';

/** What every bound is computed from. */
export interface Model {
  readonly spec: ClusterSpec;
  readonly timers: Timers;
  readonly allowances: Allowances;
}

/** What a fault costs; the kind and title are the caller's. */
export type Bounds = Omit<Prediction, 'disruption' | 'title'>;

const forEver = Number.POSITIVE_INFINITY;

const until = (end: string, note: string, twoHoldersUpperMs = 0): Bounds => ({
  impact: 'outage',
  lowerMs: 0,
  upperMs: forEver,
  formula: `until ${end}`,
  twoHoldersUpperMs,
  note,
});

const outage = ({ spec, timers, allowances }: Model, bound: Bound, note?: string, twoHoldersUpperMs = 0): Bounds => ({
  impact: 'outage',
  ...bound,
  twoHoldersUpperMs: Math.max(twoHoldersUpperMs, duelMs(prioritiesOf(spec), timers.vrrp.advertIntervalMs, allowances)),
  ...(note === undefined ? {} : { note }),
});

const skewOf = ({ spec, timers }: Model): Range | undefined =>
  successorSkew(prioritiesOf(spec), timers.vrrp.advertIntervalMs);

/** Bounds a fault that only another node can make good; one node alone waits for its own return. */
const takenOver =
  (bound: (skew: Range, model: Model) => Bounds) =>
  (model: Model): Bounds => {
    const skew = skewOf(model);
    return skew ? bound(skew, model) : until('it runs again', 'A single node: nobody can take over.');
  };

/** From the backup's decision to what a probing client sees. */
const arrival = ({ takeover, probe }: Allowances): Term[] => [term('takeover', takeover), term('probe', probe)];

/** Where fencing counts more nodes than are left, the survivors give the VIP up too. */
const lacksMajority = ({ spec }: Model, left: number): boolean =>
  spec.failover.fencing && left < majority(spec.nodes.length);

const keepalivedStopped = takenOver((skew, model) =>
  outage(
    model,
    sum([...resignTerms(skew, model.allowances), ...arrival(model.allowances)]),
    'The holder says goodbye (priority 0). Where that one packet is lost, it is as with a lost node.',
  ),
);

const keepalivedKilled = takenOver((skew, model) => {
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
    'The VIP answers until the unit has taken it off.',
    both,
  );
});

const haproxyKilled = takenOver((skew, model) => {
  const { allowances } = model;
  return outage(
    model,
    sum([term('systemd', allowances.unitReaction), ...resignTerms(skew, allowances), ...arrival(allowances)]),
  );
});

const haproxyHung = takenOver((skew, model) => {
  const { timers, allowances } = model;
  return outage(
    model,
    sum([...hungScriptTerms(timers.script, allowances), ...resignTerms(skew, allowances), ...arrival(allowances)]),
    ...(timers.script.intervalMs >= 1000 ? ['keepalived before 2.3.2 checks in whole seconds.'] : []),
  );
});

const nodeLost = takenOver((skew, model) => {
  const { spec, timers, allowances } = model;
  const count = spec.nodes.length;
  if (lacksMajority(model, count - 1))
    return until(
      'it returns',
      `${count - 1} of ${count} nodes are no majority: fencing takes the VIP from the survivors.`,
    );
  const downMs = sum(apiServerDownTerms(timers.check)).upperMs;
  return outage(
    model,
    nodeLoss(timers.vrrp, skew, allowances),
    `Until HAProxy has marked the node's API server down (at most ${formatMs(downMs)}), up to one in ${count} new connections waits ${formatMs(timers.check.connectMs)} longer.`,
  );
});

const alone = until('it runs again', 'A single API server: nobody else can answer.');

const apiServerKilled = ({ spec, allowances }: Model): Bounds =>
  spec.nodes.length === 1
    ? alone
    : {
        impact: 'in-flight',
        ...sum([term('redispatch', allowances.redispatch), term('probe', { ...allowances.probe, lowerMs: 0 })]),
        lowerMs: 0,
        twoHoldersUpperMs: 0,
        note: 'A refused connection goes to another API server at once.',
      };

const apiServerHung = ({ spec, timers, allowances }: Model): Bounds =>
  spec.nodes.length === 1
    ? alone
    : {
        impact: 'partial',
        ...sum([...apiServerDownTerms(timers.check), term('', allowances.sparse), term('probe', allowances.probe)]),
        twoHoldersUpperMs: 0,
        note: `Up to one in ${spec.nodes.length} new connections waits. Most often ${formatMs(hungUsualMs(timers))}: only a check that was past TLS waits for its answer.`,
      };

/** Nearly always the hang meets a check before its TLS is done: inter, then fall × connect with fastinter between. */
const hungUsualMs = ({ check }: Timers): number => sum(apiServerDownTerms({ ...check, answerMs: 0 })).upperMs;

const apiServerNotReady = ({ timers }: Model): Bounds => ({
  impact: 'none',
  lowerMs: 0,
  upperMs: 0,
  formula: 'it still answers',
  twoHoldersUpperMs: 0,
  note: `Within ${formatMs(hungUsualMs(timers))} it gets no new connections; it keeps its live ones.`,
});

const cutFromPeers = takenOver((skew, model) => {
  const { spec, timers, allowances } = model;
  const count = spec.nodes.length;
  if (!spec.failover.fencing)
    return {
      ...until('the cut heals', 'Without fencing, clients reach now one holder, now the other.', forEver),
      impact: 'partial',
    };
  if (lacksMajority(model, count - 1))
    return until(
      'the cut heals',
      `Neither side of the cut is a majority of ${count}: fencing takes the VIP from both.`,
    );
  const silence = silenceTerms(timers.vrrp, skew, allowances);
  const fenced = [...memberDownTerms(timers.member), ...isolatedScriptTerms(timers.script, allowances)];
  const both = sum([...fenced, ...negated(silence)]).upperMs;
  const duel = duelMs(prioritiesOf(spec), timers.vrrp.advertIntervalMs, allowances);
  // Clients are back for good when the last announcement is the new holder's, and HAProxy has given the cut node up.
  const moved = sum([...fenced, term('announcement', allowances.announceAgain), term('probe', allowances.probe)]);
  const down = sum([...apiServerDownTerms(timers.check), term('probe', allowances.probe)]);
  return {
    impact: 'partial',
    ...(moved.upperMs >= down.upperMs ? moved : down),
    lowerMs: 0,
    twoHoldersUpperMs: Math.max(both, duel),
    note: `Most clients move after ${formatMs(sum([...silence, ...arrival(allowances)]).upperMs)}; a share waits until the cut-off holder has given up and its API server is marked down.`,
  };
});

/** `a − b` of two ranges is at most a's most minus b's least. */
const negated = (terms: readonly Term[]): Term[] =>
  terms.map(({ lowerMs, upperMs, text }) => ({ lowerMs: -upperMs, upperMs: -lowerMs, text }));

/** One function per fault: what it costs a client of the VIP when it strikes the holder. */
export const bounds: Readonly<Record<DisruptionKind, (model: Model) => Bounds>> = {
  'keepalived-stopped': keepalivedStopped,
  'keepalived-killed': keepalivedKilled,
  'haproxy-killed': haproxyKilled,
  'haproxy-hung': haproxyHung,
  'node-lost': nodeLost,
  'api-server-killed': apiServerKilled,
  'api-server-hung': apiServerHung,
  'api-server-not-ready': apiServerNotReady,
  'cut-from-peers': cutFromPeers,
};
