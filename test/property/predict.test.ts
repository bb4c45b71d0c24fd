import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DisruptionKind, Prediction } from '../../src/cluster/disruption.ts';
import type { ClusterSpec } from '../../src/cluster/spec.ts';
import type { Timers } from '../../src/cluster/timers.ts';
import type { Version } from '../../src/core/version.ts';
import { defaultAllowances, type Allowances } from '../../src/predict/allowances.ts';
import { predict } from '../../src/predict/predict.ts';
import { solve, type Solution } from '../../src/predict/solve.ts';
import { downIntervalMs, skewMs } from '../../src/predict/vrrp.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';
import { counterexample } from './holds.ts';
import { generator, simulate, type Blow, type Observed, type Setup } from './vrrp-model.ts';

/** The model sees the outage itself, not through probes. */
const exact: Allowances = { ...defaultAllowances, probe: { lowerMs: 0, upperMs: 0 } };

function specWith(priorities: readonly number[]): ClusterSpec {
  const spec = fakeSpec({}, { nodes: priorities.length });
  return { ...spec, nodes: spec.nodes.map((node, i) => ({ ...node, priority: priorities[i] ?? node.priority })) };
}

const setups = fc
  .record({
    priorities: fc.uniqueArray(fc.integer({ min: 1, max: 254 }), { minLength: 3, maxLength: 5 }),
    steps: fc.integer({ min: 1, max: 100 }),
    downTimerAdverts: fc.integer({ min: 2, max: 6 }),
    holder: fc.nat({ max: 2 }),
    seed: fc.integer(),
  })
  .map(({ steps, ...rest }): Setup => ({
    ...rest,
    advertIntervalMs: steps * 10,
    latencyMs: 2,
    timerLateMs: 3,
    takeoverMs: 15,
  }));

function predicted({ priorities, advertIntervalMs, downTimerAdverts }: Setup, kind: DisruptionKind): Prediction {
  const timers = { ...fakeTimers, vrrp: { ...fakeTimers.vrrp, advertIntervalMs, downTimerAdverts } };
  const found = predict(specWith(priorities), timers, exact).find(({ disruption }) => disruption === kind);
  if (!found) throw new Error(`no prediction for ${kind}`);
  return found;
}

function strike(setup: Setup, blow: Blow, extraMs = 0): Observed {
  return simulate(setup, blow, (setup.downTimerAdverts + 2) * setup.advertIntervalMs + 50 + extraMs);
}

/** What is wrong with a run, or undefined: short, so that counterexamples can be read. */
function strays(setup: Setup, kind: DisruptionKind, blow: Blow): string | undefined {
  const { lowerMs, upperMs, twoHoldersUpperMs } = predicted(setup, kind);
  const { newHolder, gapMs, twoHoldersMs } = strike(setup, blow);
  if (newHolder === undefined || newHolder === setup.holder) return 'no new holder';
  if (gapMs < lowerMs || gapMs > upperMs) return `gap ${gapMs} outside ${lowerMs}–${upperMs}`;
  return twoHoldersMs > twoHoldersUpperMs
    ? `two holders for ${twoHoldersMs}, more than ${twoHoldersUpperMs}`
    : undefined;
}

function staysWithin(setup: Setup, kind: DisruptionKind, blow: Blow): void {
  const problem = strays(setup, kind, blow);
  if (problem !== undefined) throw new Error(problem);
}

describe('the simulated protocol stays within the predicted bounds', () => {
  test('when the VIP holder is lost', () => {
    const property = fc.property(setups, (setup) => staysWithin(setup, 'node-lost', { kind: 'lost' }));
    expect(counterexample(property)).toBeUndefined();
  });

  test('when keepalived is stopped', () => {
    const property = fc.property(setups, (setup) => staysWithin(setup, 'keepalived-stopped', { kind: 'stopped' }));
    expect(counterexample(property)).toBeUndefined();
  });

  test('when keepalived is killed and its unit cleans up at any time that is allowed', () => {
    const { lowerMs, upperMs } = exact.unitReaction;
    const property = fc.property(
      setups,
      fc.double({ min: lowerMs, max: upperMs, noNaN: true }),
      (setup, cleanedAfterMs) => staysWithin(setup, 'keepalived-killed', { kind: 'killed', cleanedAfterMs }),
    );
    expect(counterexample(property)).toBeUndefined();
  });

  test('when the holder is cut from its peers and fenced by HAProxy and keepalived at any phase', () => {
    const property = fc.property(setups, (setup) => {
      const fencedAfterMs = fencing(fakeTimers, setup.seed);
      const seen = strike(setup, { kind: 'cut', fencedAfterMs }, fencedAfterMs);
      return seen.newHolder !== undefined && seen.twoHoldersMs <= predicted(setup, 'cut-from-peers').twoHoldersUpperMs;
    });
    expect(counterexample(property)).toBeUndefined();
  });

  test('and the bounds are no wider than twice what the protocol does', () => {
    const protocol = { priorities: [254, 234, 214], advertIntervalMs: 100, downTimerAdverts: 4 };
    const base = { ...protocol, latencyMs: 2, timerLateMs: 3, takeoverMs: 15 };
    const gaps = Array.from(
      { length: 400 },
      (_, seed) => simulate({ ...base, holder: seed % 3, seed }, { kind: 'lost' }, 700).gapMs,
    );
    const { lowerMs, upperMs } = predicted({ ...base, holder: 0, seed: 0 }, 'node-lost');
    expect(upperMs - lowerMs).toBeLessThan(2 * (Math.max(...gaps) - Math.min(...gaps)));
  });
});

/** HAProxy's member check, then keepalived's script, each at a random phase when the cut comes. */
function fencing({ member, script }: Timers, seed: number): number {
  const random = generator(seed);
  let now = random() * member.interMs;
  for (let failed = 1; failed <= member.fall; failed++)
    now += member.connectMs + (failed < member.fall ? member.fastInterMs : 0);
  const phase = random() * script.intervalMs;
  const askedAt = (ask: number): number =>
    phase + (Math.floor(ask / script.asks) - 1) * script.intervalMs + (ask % script.asks) * script.askEveryMs;
  let ask = 0;
  while (askedAt(ask) < now) ask += 1;
  return (
    askedAt(ask) +
    (script.fall - 1) * script.intervalMs +
    random() * exact.scriptRun.upperMs +
    random() * exact.peerAsk.upperMs
  );
}

const keepaliveds = fc.constantFrom<Version>([2, 2, 7], [2, 3, 3], [2, 2, 0]);
const targets = fc.integer({ min: 10, max: 20_000 });

function solved(targetMs: number, nodes: number, keepalived: Version): Solution | undefined {
  const result = solve(
    { targetMs, fencing: true, preempt: false, tellClients: false, keepConnections: false, timers: {} },
    nodes,
    [{ keepalived }],
  );
  return result.ok ? result.value : undefined;
}

function flat({ vrrp, script, check, member }: Timers): readonly (readonly [string, number])[] {
  return Object.entries({ vrrp, script, check, member }).flatMap(([group, values]) =>
    Object.entries(values).map(([name, ms]) => [`${group}.${name}`, Number(ms)] as const),
  );
}

describe('solve', () => {
  test('gives no slower timer for a tighter target, and never accepts it where a looser one is refused', () => {
    const property = fc.property(
      targets,
      targets,
      fc.integer({ min: 1, max: 9 }),
      keepaliveds,
      (a, b, nodes, keepalived) => {
        const tight = solved(Math.min(a, b), nodes, keepalived);
        const loose = solved(Math.max(a, b), nodes, keepalived);
        if (!loose) return tight === undefined;
        const looser = new Map(flat(loose.timers));
        return !tight || flat(tight.timers).every(([name, ms]) => ms <= (looser.get(name) ?? Number.NaN));
      },
    );
    expect(counterexample(property)).toBeUndefined();
  });

  test('meets every target that it accepts', () => {
    const property = fc.property(
      targets,
      fc.integer({ min: 3, max: 7 }),
      keepaliveds,
      (targetMs, nodes, keepalived) => {
        const solution = solved(targetMs, nodes, keepalived);
        const predictions = solution ? predict(fakeSpec({}, { nodes }), solution.timers) : [];
        return predictions.every(({ disruption, upperMs }) => disruption !== 'node-lost' || upperMs <= targetMs);
      },
    );
    expect(counterexample(property)).toBeUndefined();
  });
});

describe('RFC 9568 §6.1', () => {
  test('a higher priority has a smaller skew, and skew stays below one interval', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 254 }),
      fc.integer({ min: 1, max: 4095 }),
      (priority, steps) => {
        const intervalMs = steps * 10;
        return (
          skewMs(priority + 1, intervalMs) < skewMs(priority, intervalMs) && skewMs(priority, intervalMs) < intervalMs
        );
      },
    );
    expect(counterexample(property)).toBeUndefined();
  });

  test('the down interval of the default priority 100 and interval 1 s is 3.609375 s', () => {
    expect(downIntervalMs(100, { advertIntervalMs: 1000, downTimerAdverts: 3 })).toBe(3609.375);
  });
});
