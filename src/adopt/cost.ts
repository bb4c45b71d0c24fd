import { defaultAllowances as allowances } from '../predict/allowances.ts';
import { apiServerDownTerms } from '../predict/haproxy.ts';
import { fixed, sum, term, times, type Bound } from '../predict/terms.ts';
import { silenceTerms, skewMs } from '../predict/vrrp.ts';
import type { ApiPath } from './haproxy/read.ts';
import { timeoutOf } from './haproxy/read.ts';
import { setting } from './haproxy/sections.ts';
import { countOf, msOf, type ServerConfig } from './haproxy/server.ts';
import { integerOf } from './time.ts';
import { trackedBy, type Held, type Tracked } from './watch.ts';

/** A bound, or why the fault never ends by itself. */
export type Cost = { readonly known: true; readonly bound: Bound } | { readonly known: false; readonly why: string };

function known(bound: Bound): Cost {
  return { known: true, bound };
}

function never(why: string): Cost {
  return { known: false, why };
}

export function isVersion3({ keepalived, instance }: Held): boolean {
  return (
    (instance.version ?? keepalived.vrrpVersion)?.value === 3 || instance.vips.some(({ value }) => value.includes(':'))
  );
}

/** VRRP version 2 counts in whole seconds: keepalived rounds. One second where nothing is said. */
export function advertMs(held: Held): number {
  const said = held.instance.advertMs?.value ?? 1000;
  return isVersion3(held) ? said : Math.max(1000, Math.round(said / 1000) * 1000);
}

export function basePriority({ instance }: Held): number {
  return instance.priority?.value ?? 100;
}

/** With every check well, positive weights are added. keepalived.conf(5), vrrp_script. */
export function healthyPriority(held: Held): number {
  const added = trackedBy(held.instance, held.keepalived).reduce((total, { weight }) => total + Math.max(0, weight), 0);
  return Math.max(1, Math.min(254, basePriority(held) + added));
}

function successorPriority(held: Held, all: readonly Held[]): number {
  return Math.max(
    ...all.filter(({ node }) => node !== held.node).map(healthyPriority),
    ...(all.length === 1 ? [healthyPriority(held)] : []),
  );
}

/** Version 2 has its skew in seconds, whatever the interval; version 3 in intervals. RFC 3768 §6.1, RFC 9568 §6.1. */
function skewOf(held: Held, priority: number): number {
  return skewMs(priority, isVersion3(held) ? advertMs(held) : 1000);
}

function silence(held: Held, all: readonly Held[]) {
  const skew = skewOf(held, successorPriority(held, all));
  return silenceTerms(
    {
      advertIntervalMs: advertMs(held),
      downTimerAdverts: held.instance.downTimerAdverts?.value ?? 3,
      startupDelayMs: 0,
    },
    { lowerMs: skew, upperMs: skew },
    allowances,
  );
}

const arrival = [term('takeover', allowances.takeover), term('probe', allowances.probe)];

/** Until another node serves the VIP when its holder loses power. `all`: the instance on every node. */
export function nodeLossCost(held: Held, all: readonly Held[]): Cost {
  return all.length < 2 ? never('no other node has the VIP') : known(sum([...silence(held, all), ...arrival]));
}

/** Until keepalived counts a check as failed; a check that hangs adds its timeout. */
function noticed({ script }: Tracked) {
  return [{ ...times('check interval', script.fall?.value ?? 1, script.intervalMs?.value ?? 1000), lowerMs: 0 }];
}

/** Until another node serves the VIP when the holder's HAProxy dies, through one check. */
export function checkFailureCost(held: Held, all: readonly Held[], tracked: Tracked): Cost {
  const { weight } = tracked;
  if (all.length < 2) return never('no other node has the VIP');
  const successor = successorPriority(held, all);
  if (weight === 0) {
    const skew = skewOf(held, successor);
    return known(sum([...noticed(tracked), fixed('skew', skew), term('timing', allowances.timing), ...arrival]));
  }
  if (all.some(({ instance }) => instance.nopreempt)) return never('weights move nothing under nopreempt');
  const left = weight > 0 ? healthyPriority(held) - weight : healthyPriority(held) + weight;
  if (left >= successor)
    return never(`the holder keeps priority ${left}, and no other node has more than ${successor}`);
  return known(sum([...noticed(tracked), ...silence(held, all), ...arrival]));
}

/** Whether HAProxy asks for HTTP, or only opens a connection. */
export function asksHttp({ backend }: ApiPath): boolean {
  return setting(backend, 'option', 'httpchk') !== undefined;
}

/** Until HAProxy has taken out an API server whose machine answers nothing any more. */
export function deadServerCost(path: ApiPath, server: ServerConfig): Cost {
  if (!server.parameters.has('check')) return never('it is not checked');
  const connectMs = timeoutOf(path.backend, 'connect')?.value ?? 0;
  const interMs = msOf(server, 'inter') ?? 2000;
  const tryMs = Math.min(interMs, connectMs === 0 ? interMs : connectMs);
  return known(
    sum(
      apiServerDownTerms({
        interMs,
        fastInterMs: msOf(server, 'fastinter') ?? interMs,
        downInterMs: msOf(server, 'downinter') ?? interMs,
        fall: countOf(server, 'fall') ?? 3,
        rise: countOf(server, 'rise') ?? 2,
        connectMs: tryMs,
        answerMs: asksHttp(path) ? (timeoutOf(path.backend, 'check')?.value ?? interMs) : 0,
      }),
    ),
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
