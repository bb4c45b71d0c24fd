import { describe, expect, test } from 'vitest';
import type { FailoverSpec } from '../../src/cluster/spec.ts';
import type { PinnedTimers } from '../../src/cluster/timers.ts';
import { solve, solveSpec, type Solution } from '../../src/predict/solve.ts';
import { features, oldestKeepalived } from '../../src/predict/features.ts';
import { fakeSpec } from '../fakes/spec.ts';

const debian12 = { keepalived: [2, 2, 7] } as const;
const debian13 = { keepalived: [2, 3, 3] } as const;

function failover(targetMs: number, timers: PinnedTimers = {}): FailoverSpec {
  return {
    targetMs,
    fencing: true,
    preempt: false,
    tellClients: false,
    keepConnections: false,
    timers,
  };
}

function solved(
  targetMs: number,
  pinned: PinnedTimers = {},
  facts: Parameters<typeof solve>[2] = [debian12],
): Solution {
  const result = solve(failover(targetMs, pinned), 3, facts);
  if (!result.ok) throw new Error(result.error.map(({ message }) => message).join('\n'));
  return result.value;
}

function refused(targetMs: number, pinned: PinnedTimers = {}) {
  const result = solve(failover(targetMs, pinned), 3, [debian12]);
  return result.ok ? [] : result.error;
}

describe('solve', () => {
  test('gives 4 adverts of 100 ms for the default target of 500 ms', () => {
    expect(solved(500)).toMatchObject({
      timers: { vrrp: { advertIntervalMs: 100, downTimerAdverts: 4 } },
      findings: [],
    });
  });

  test('rounds the interval down to VRRPv3 steps of 10 ms', () => {
    expect(solved(540).timers.vrrp.advertIntervalMs).toBe(100);
    expect(solved(550).timers.vrrp.advertIntervalMs).toBe(110);
  });

  test('never sends adverts more rarely than once a second', () => {
    expect(solved(60_000).timers.vrrp.advertIntervalMs).toBe(1000);
  });

  test('shortens adverts further where a fifth of a tight target is too little for the takeover', () => {
    expect(solved(200).timers.vrrp.advertIntervalMs).toBe(30);
  });

  test('refuses a target that needs adverts below 30 ms, and names one that would do', () => {
    expect(refused(30)).toMatchObject([
      {
        rule: 'failover-target-too-tight',
        severity: 'error',
        suggestion: expect.stringContaining('Accept 170ms or more'),
      },
    ]);
    expect(refused(30)[0]?.message).toBe(
      'a target of 30ms needs adverts every 10ms or less; below 30ms a busy host is taken for a dead one',
    );
    expect(refused(160)[0]?.message).toContain('a target of 160ms needs adverts every 20ms;');
  });

  test('accepts the target that its own refusal suggests', () => {
    expect(solved(170).timers.vrrp.advertIntervalMs).toBe(30);
  });

  test('takes pinned adverts below 30 ms with a warning', () => {
    expect(solved(100, { advertIntervalMs: 10 })).toMatchObject({
      timers: { vrrp: { advertIntervalMs: 10 } },
      findings: [{ rule: 'advert-interval-fast', severity: 'warning' }],
    });
  });

  test('takes pinned timers as they are and warns when they miss the target', () => {
    const { timers, findings } = solved(500, { advertIntervalMs: 1000, downTimerAdverts: 3 });
    expect(timers.vrrp).toMatchObject({ advertIntervalMs: 1000, downTimerAdverts: 3 });
    expect(findings).toMatchObject([
      { rule: 'failover-target-missed', message: expect.stringContaining('up to 3126ms') },
    ]);
  });

  test('solves the interval for a pinned number of adverts', () => {
    expect(solved(500, { downTimerAdverts: 2 }).timers.vrrp).toMatchObject({
      advertIntervalMs: 200,
      downTimerAdverts: 2,
    });
  });

  test.each([5, 15, 41_000])('refuses a pinned interval of %d ms, which VRRPv3 cannot express', (advertIntervalMs) => {
    expect(refused(5000, { advertIntervalMs })).toMatchObject([{ rule: 'advert-interval-step', severity: 'error' }]);
  });

  test('checks HAProxy in whole seconds when any node has keepalived before 2.3.2', () => {
    expect(solved(500, {}, [debian13, debian12]).timers.script).toMatchObject({ intervalMs: 1000, asks: 4 });
    expect(solved(500, {}, [debian13, debian13]).timers.script).toMatchObject({ intervalMs: 200, asks: 1 });
  });

  test.each([[[debian12]], [[debian13]]])('lets keepalived wait for the longest run of the script', (facts) => {
    const { script } = solved(500, {}, facts).timers;
    expect(script.timeoutMs).toBeGreaterThan(
      (script.asks - 1) * (script.tryTimeoutMs + script.askEveryMs) + script.tries * script.tryTimeoutMs,
    );
  });

  test('computes with 3 adverts where keepalived is too old for down_timer_adverts, and says so when 5 are pinned', () => {
    const old = [{ keepalived: [2, 2, 2] }] as const;
    expect(solved(500, {}, old)).toMatchObject({
      timers: { vrrp: { downTimerAdverts: 3, advertIntervalMs: 130 } },
      findings: [],
    });
    expect(solved(500, { downTimerAdverts: 5 }, old)).toMatchObject({
      timers: { vrrp: { downTimerAdverts: 3 } },
      findings: [{ rule: 'down-timer-adverts-unsupported' }],
    });
  });

  test('fills pinned check timers in and never checks faster on suspicion than the pinned interval', () => {
    const pinned = { checkIntervalMs: 60, checkFall: 3, checkRise: 4, connectTimeoutMs: 250, startupDelayMs: 0 };
    const { check, vrrp } = solved(500, pinned).timers;
    expect(check).toMatchObject({ interMs: 60, fastInterMs: 60, fall: 3, rise: 4, connectMs: 250 });
    expect(vrrp.startupDelayMs).toBe(0);
  });

  test('lets the low priorities of a specification, which make the skew long, shorten the adverts', () => {
    const spec = fakeSpec();
    const low = { ...spec, nodes: spec.nodes.map((node, i) => ({ ...node, priority: 10 + i })) };
    const result = solveSpec(low, [debian12]);
    expect(result).toMatchObject({ ok: true, value: { timers: { vrrp: { advertIntervalMs: 90 } } } });
  });
});

describe('features', () => {
  test.each([
    [[2, 3, 2], true, true],
    [[2, 3, 1], false, true],
    [[2, 2, 2], false, false],
  ] as const)('of keepalived %j', (keepalived, subSecondScripts, downTimerAdverts) => {
    expect(features({ keepalived })).toEqual({ subSecondScripts, downTimerAdverts });
  });

  test('the oldest keepalived of no nodes is undefined', () => {
    expect(oldestKeepalived([])).toBeUndefined();
    expect(oldestKeepalived([debian13, debian12])).toEqual([2, 2, 7]);
  });
});

describe('a host that was measured to stall', () => {
  test('refuses a target that it cannot hold, and says why and which one it can', () => {
    const solved = solve({ ...failover(500), hostStallMs: 250 }, 3, [debian12]);
    const said = solved.ok ? [] : solved.error;
    expect(said).toMatchObject([
      {
        rule: 'failover-target-too-tight',
        message: expect.stringContaining('these hosts stall for up to 250ms'),
        suggestion: expect.stringMatching(/^Accept \d+ms or more/),
      },
    ]);
    const accepted = Number(/Accept (\d+)ms/.exec(said[0]?.suggestion ?? '')?.[1]);
    expect(solve({ ...failover(accepted), hostStallMs: 250 }, 3, [debian12]).ok).toBe(true);
  });

  test('holds every target that leaves it room, and one that was not measured is not judged', () => {
    expect(solve({ ...failover(500), hostStallMs: 20 }, 3, [debian12]).ok).toBe(true);
    expect(solve(failover(170), 3, [debian12]).ok).toBe(true);
  });
});
