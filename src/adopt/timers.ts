import type { Timers } from '../cluster/timers.ts';
import { durationText } from '../core/duration.ts';
import type { HaproxyConfig } from './haproxy/read.ts';
import { timeoutOf } from './haproxy/sections.ts';
import { countOf, msOf } from './haproxy/server.ts';
import type { KeepalivedConfig } from './keepalived/read.ts';

/** The timers that one of our own file pairs has. */
export interface FoundTimers {
  readonly advertIntervalMs: number;
  readonly downTimerAdverts: number;
  readonly startupDelayMs: number;
  readonly checkIntervalMs: number;
  readonly fastIntervalMs: number;
  readonly checkFall: number;
  readonly checkRise: number;
  readonly connectTimeoutMs: number;
}

export function timersOf(keepalived: KeepalivedConfig, haproxy: HaproxyConfig): FoundTimers | undefined {
  const [instance] = keepalived.instances;
  const server = haproxy.api?.servers[0];
  if (!instance || !server || !haproxy.api) return undefined;
  return {
    advertIntervalMs: instance.advertMs?.value ?? 1000,
    downTimerAdverts: instance.downTimerAdverts?.value ?? 3,
    startupDelayMs: keepalived.startupDelayMs?.value ?? 0,
    checkIntervalMs: msOf(server, 'inter') ?? 2000,
    fastIntervalMs: msOf(server, 'fastinter') ?? msOf(server, 'inter') ?? 2000,
    checkFall: countOf(server, 'fall') ?? 3,
    checkRise: countOf(server, 'rise') ?? 2,
    connectTimeoutMs: timeoutOf(haproxy.api.backend, 'connect')?.value ?? 0,
  };
}

const usualTargets = [500, 1000, 2000, 3000, 5000, 10_000, 200, 300, 400, 750, 1500, 4000, 250, 150, 100];

/**
 * The `failover` part that leads to these timers: a target alone where one does, otherwise a target with pins.
 * @param solve the timers that a candidate leads to; undefined where it leads to none
 */
export function targetFor(found: FoundTimers, solve: (targetMs: number) => Timers | undefined): object {
  const exact = Math.ceil((found.downTimerAdverts * found.advertIntervalMs) / 0.8);
  for (const targetMs of [...usualTargets, exact, exact + 50, exact + 100]) {
    const timers = solve(targetMs);
    if (timers && same(timers, found)) return { target: durationText(targetMs) };
  }
  // The target decides how HAProxy's fast checks follow from the pinned ones (predict/solve.ts).
  const targetMs = found.fastIntervalMs <= 100 ? 1000 : found.fastIntervalMs <= 200 ? 5000 : 10_000;
  const pins = {
    advertInterval: durationText(found.advertIntervalMs),
    downTimerAdverts: found.downTimerAdverts,
    checkInterval: durationText(found.checkIntervalMs),
    checkFall: found.checkFall,
    checkRise: found.checkRise,
    connectTimeout: durationText(found.connectTimeoutMs),
    ...(found.startupDelayMs > 0 && { startupDelay: durationText(found.startupDelayMs) }),
  };
  return { target: durationText(targetMs), timers: pins };
}

function same({ vrrp, check }: Timers, found: FoundTimers): boolean {
  return (
    vrrp.advertIntervalMs === found.advertIntervalMs &&
    vrrp.downTimerAdverts === found.downTimerAdverts &&
    vrrp.startupDelayMs === found.startupDelayMs &&
    check.interMs === found.checkIntervalMs &&
    check.fastInterMs === found.fastIntervalMs &&
    check.fall === found.checkFall &&
    check.rise === found.checkRise &&
    check.connectMs === found.connectTimeoutMs
  );
}
