import { defaultAllowances as allowances } from '../predict/allowances.ts';
import { fixed, sum, term, times, type Bound } from '../predict/terms.ts';
import { silenceTerms, skewMs } from '../predict/vrrp.ts';
import type { ApiPath } from './haproxy/read.ts';
import { setting, timeoutOf } from './haproxy/sections.ts';
import { integerOf } from './time.ts';
import type { Election } from './election/election.ts';
import {
  advertMs,
  failedPriority,
  healthyPriority,
  isVersion3,
  neverPreempts,
  type Held,
  type Tracked,
} from './election/member.ts';

/** A bound, or why the fault never ends by itself, or why nothing can be said. */
export type Cost =
  | { readonly kind: 'bound'; readonly bound: Bound }
  | { readonly kind: 'never'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

function known(bound: Bound): Cost {
  return { kind: 'bound', bound };
}

/** Version 2 has its skew in seconds, whatever the interval; version 3 in intervals. RFC 3768 §6.1, RFC 9568 §6.1. */
function skewOf(held: Held, priority: number): number {
  return skewMs(priority, isVersion3(held) ? advertMs(held) : 1000);
}

function silence(held: Held, successor: Successor) {
  return silenceTerms(
    {
      advertIntervalMs: advertMs(held),
      downTimerAdverts: held.instance.downTimerAdverts?.value ?? 3,
      startupDelayMs: 0,
    },
    { lowerMs: skewOf(held, successor.highest), upperMs: skewOf(held, successor.lowest) },
    allowances,
  );
}

/** The priority of whoever takes over: one value where the others' files were given, a range where they were not. */
interface Successor {
  readonly lowest: number;
  readonly highest: number;
}

const arrival = [term('takeover', allowances.takeover), term('probe', allowances.probe)];

/** Who may hold the VIP while all that would take it from him are down, and who is left to take over from him. */
export interface Holder {
  readonly held: Held;
  readonly others: readonly Held[];
  /** Every node is up while it holds the VIP. */
  readonly usual: boolean;
}

/** The holders of an election: the highest priority first; under `nopreempt` a lower one may hold while a higher one is up. */
export function holdersOf({ members }: Election): Holder[] {
  const sorted = members.toSorted((a, b) => healthyPriority(b) - healthyPriority(a));
  const top = sorted[0] && healthyPriority(sorted[0]);
  return sorted.map((held) => {
    const others = sorted.filter(
      (other) => other !== held && (healthyPriority(other) <= healthyPriority(held) || neverPreempts(other)),
    );
    return { held, others, usual: healthyPriority(held) === top || others.length === sorted.length - 1 };
  });
}

/** Until another node serves the VIP when its holder loses power. */
export function nodeLossCost({ held, others }: Holder, election: Election): Cost {
  if (election.splits.length > 0) return { kind: 'unknown', why: 'its nodes do not hear each other' };
  const successor = successorOf(others, election);
  return successor
    ? known(sum([...silence(held, successor), ...arrival]))
    : { kind: 'never', why: 'no node is left to take over' };
}

/** The others' files may not have been given: then any priority is possible. */
function successorOf(others: readonly Held[], { members }: Election): Successor | undefined {
  if (members.length < 2) return { lowest: 1, highest: 254 };
  const priorities = others.map(healthyPriority);
  return priorities.length === 0 ? undefined : { lowest: Math.max(...priorities), highest: Math.max(...priorities) };
}

/** Until keepalived counts a check as failed. */
function noticed({ script }: Tracked) {
  const fall = Math.max(1, script.fall?.value ?? 1);
  const interval = script.intervalMs?.value ?? 1000;
  return [
    { ...times('check interval', fall, interval), lowerMs: (fall - 1) * interval },
    term('script', allowances.scriptRun),
  ];
}

/** Until another node serves the VIP when a check fails on its holder alone. */
export function checkFailureCost({ held, others }: Holder, election: Election, tracked: Tracked): Cost {
  if (election.splits.length > 0) return { kind: 'unknown', why: 'its nodes do not hear each other' };
  const { weight, reverse } = tracked;
  if (reverse) return { kind: 'never', why: 'the check is reversed: a failure counts as success' };
  const successor = successorOf(others, election);
  if (!successor) return { kind: 'never', why: 'no node is left to take over' };
  if (weight === 0) {
    const skew = { lowerMs: skewOf(held, successor.highest), upperMs: skewOf(held, successor.lowest) };
    return known(sum([...noticed(tracked), term('skew', skew), term('timing', allowances.timing), ...arrival]));
  }
  const left = failedPriority(held, tracked);
  if (election.members.length < 2)
    return {
      kind: 'unknown',
      why: `it then has priority ${left}: the VIP moves only to a node that has more`,
    };
  const higher = others.filter((other) => healthyPriority(other) > left);
  const movers = higher.filter((other) => !neverPreempts(other));
  const mover = movers.toSorted((a, b) => healthyPriority(b) - healthyPriority(a))[0];
  if (!mover)
    return {
      kind: 'never',
      why:
        higher.length > 0
          ? `priority ${left} is left, and under nopreempt no other node takes the VIP from a lower one`
          : `priority ${left} is left, and no other node has more than ${successor.highest}`,
    };
  const delay = Math.max(...movers.map(({ instance }) => instance.preemptDelayMs?.value ?? 0));
  const own = healthyPriority(mover);
  return known(
    sum([
      ...noticed(tracked),
      ...(delay > 0 ? [fixed('preempt delay', delay)] : []),
      ...silence(held, { lowest: own, highest: own }),
      ...arrival,
    ]),
  );
}

/** How often HAProxy tries again, and whether on another server. */
export function retriesOf({ backend }: ApiPath): { count: number; redispatch: boolean; connectMs: number } {
  return {
    count: integerOf(setting(backend, 'retries')?.[1]?.text ?? '3') ?? 3,
    redispatch: setting(backend, 'option', 'redispatch') !== undefined,
    connectMs: timeoutOf(backend, 'connect')?.value ?? 0,
  };
}
