import { describe, expect, test } from 'vitest';
import {
  backendsGate,
  electionGate,
  holderGate,
  notHolderGate,
  serversGate,
  servicesGate,
  successorGate,
  waitForGates,
} from '../../src/judge/gate.ts';
import type { NodeSeen } from '../../src/cluster/state.ts';
import { assumedFacts } from '../../src/cluster/timers.ts';
import { whyNot } from '../../src/core/answer.ts';
import { known, unknown } from '../../src/core/observed.ts';
import { renderNode, type NodeFileSet } from '../../src/render/render.ts';
import { freshNode, instanceSeen, settledNode, stateOf } from '../fakes/seen.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

const spec = fakeSpec();
const vip = '172.16.100.100';

function setOf(index: number): NodeFileSet {
  const node = spec.nodes[index];
  if (!node) throw new Error('no such node');
  return renderNode(spec, node, fakeTimers, assumedFacts);
}

function settled(index: number, vips: readonly string[] = [], overrides = {}) {
  return settledNode(index, setOf(index), vips, overrides);
}

function hearing(hearsLevers: boolean | undefined): NodeSeen['keepalived'] {
  const { hearsLevers: _, ...rest } = settled(0).keepalived;
  return { ...rest, ...(hearsLevers !== undefined && { hearsLevers }) };
}

describe('gates', () => {
  test('one holder passes; none, two and an unknown node do not', () => {
    const gate = holderGate(vip);
    expect(whyNot(gate.check(stateOf(settled(0, [vip]), settled(1))))).toBeUndefined();
    expect(whyNot(gate.check(stateOf(settled(0), settled(1))))).toBe('held by no node');
    expect(whyNot(gate.check(stateOf(settled(0, [vip]), settled(1, [vip]))))).toBe('held by cp1 and cp2');
    expect(whyNot(gate.check(stateOf(settled(0, [vip]), 'unreachable')))).toBe('the addresses of cp2 are unknown');
    expect(whyNot(holderGate(vip, { none: true }).check(stateOf(settled(0), settled(1))))).toBeUndefined();
  });

  test('an address that only begins like the VIP is not the VIP', () => {
    expect(whyNot(holderGate(vip).check(stateOf(settled(0, ['172.16.100.10']), settled(1))))).toBe('held by no node');
  });

  test('services pass only with the configuration that was placed', () => {
    const gate = servicesGate(setOf(0));
    expect(whyNot(gate.check(stateOf(settled(0))))).toBeUndefined();
    expect(whyNot(gate.check(stateOf(settled(0, [], { haproxyConfig: known('other') }))))).toBe(
      'HAProxy still runs its previous configuration',
    );
    expect(whyNot(gate.check(stateOf(freshNode(0))))).toBe('HAProxy is inactive');
  });

  test('services pass only where keepalived hears its levers: without, no planned move succeeds', () => {
    const gate = servicesGate(setOf(0));
    const answer = (hearsLevers: boolean | undefined) =>
      gate.check(stateOf(settled(0, [], { keepalived: hearing(hearsLevers) })));
    expect(answer(true).is).toBe('true');
    expect(answer(undefined).is).toBe('unknown');
    expect(answer(false)).toMatchObject({ is: 'false', why: expect.stringMatching(/no inotify instance left/) });
  });

  test('a node on which keepalived does not run is an error of the node, and not unknown', () => {
    const gate = electionGate(spec, 'cp1');
    for (const active of ['inactive', 'failed', 'not running', 'stopped by a signal']) {
      const gone = settled(0, [], {
        keepalived: { ...settled(0).keepalived, active },
        instances: unknown('keepalived does not run'),
      });
      expect(gate.check(stateOf(gone))).toEqual({ is: 'false', why: `keepalived is ${active}` });
    }
    const silent = settled(0, [], { instances: unknown('keepalived wrote no state within 0.5 s') });
    expect(gate.check(stateOf(silent)).is).toBe('unknown');
    expect(gate.check(stateOf('unreachable')).is).toBe('unknown');
  });

  test('what is unknown is never taken for true or false', () => {
    expect(notHolderGate('cp1', [vip]).check(stateOf('unreachable')).is).toBe('unknown');
    expect(holderGate(vip).check(stateOf(settled(0, [vip]), 'unreachable')).is).toBe('unknown');
    expect(holderGate(vip).check(stateOf(settled(0, [vip]), settled(1, [vip]), 'unreachable')).is).toBe('false');
    expect(serversGate(spec, 'cp1').check(stateOf(settled(0, [], { servers: unknown('no answer') }))).is).toBe(
      'unknown',
    );
    expect(successorGate('cp1').check(stateOf(settled(0, [vip]), 'unreachable')).is).toBe('unknown');
  });

  test('an instance in FAULT says why', () => {
    const fault = { instances: known([instanceSeen(1, { state: 'FAULT' })]) };
    const gate = electionGate(spec, 'cp1');
    expect(whyNot(gate.check(stateOf(settled(0))))).toBeUndefined();
    expect(
      whyNot(
        gate.check(
          stateOf(
            settled(0, [], {
              ...fault,
              levers: { drain: { by: 'operator', name: 'ada', reason: 'apply kernel patches' } },
            }),
          ),
        ),
      ),
    ).toBe('K8S_API_1 is in FAULT: drained (apply kernel patches (ada))');
    expect(whyNot(gate.check(stateOf(settled(0, [], { ...fault, livez: known(503) }))))).toBe(
      'K8S_API_1 is in FAULT: fewer than 1 other nodes are reachable',
    );
  });

  test('an API server that was down before is not the rollout’s doing; one that was ready must be ready again', () => {
    const down = known(
      settled(0).servers.known
        ? [{ backend: 'k8s_api_ready', server: 'cp1', status: 'UP', sessions: 0, lastCheck: '' }]
        : [],
    );
    expect(
      whyNot(
        backendsGate(setOf(0), settled(0, [], { servers: down })).check(stateOf(settled(0, [], { servers: down }))),
      ),
    ).toBeUndefined();
    expect(whyNot(backendsGate(setOf(0), settled(0)).check(stateOf(settled(0, [], { servers: down }))))).toBe(
      'cp2, cp3 are not ready any more',
    );
  });

  test('a node that still holds a VIP has not given it up', () => {
    expect(whyNot(notHolderGate('cp1', [vip]).check(stateOf(settled(0, [vip]))))).toBe(`still holds ${vip}`);
    expect(whyNot(notHolderGate('cp1', [vip]).check(stateOf(settled(0))))).toBeUndefined();
  });
});

/** A clock that only sleeping moves. */
function clock() {
  let time = 0;
  return { monotonicMs: () => time, epochMs: () => time, sleep: async (ms: number) => void (time += ms) };
}

function started(index: number, ageMs: number | undefined) {
  return settled(index, [], { keepalived: { ...settled(index).keepalived, ageMs } });
}

describe('a successor', () => {
  const gate = successorGate('cp1');

  test('has listened for as long as its own files say', () => {
    expect(whyNot(gate.check(stateOf(settled(0, [vip]), started(1, 3010), 'unreachable')))).toBeUndefined();
    expect(whyNot(gate.check(stateOf(settled(0, [vip]), started(1, 120), 'unreachable')))).toBe(
      'keepalived on cp2 was started 120 ms ago, and listens for 3000 ms; cp3 is unknown: unreachable',
    );
    expect(whyNot(gate.check(stateOf(settled(0, [vip]), started(1, undefined), started(2, 9000))))).toBeUndefined();
  });

  test('is never the node itself, and takes part in elections', () => {
    const faulty = settled(1, [], { instances: known([instanceSeen(1, { state: 'FAULT' }), instanceSeen(2)]) });
    expect(whyNot(gate.check(stateOf(settled(0, [vip]), faulty, 'unreachable')))).toContain(
      'K8S_API_1 on cp2 is in FAULT',
    );
  });

  test('is needed only for what the node holds, and another one for each VIP will do', () => {
    const second = '172.16.100.101';
    const only = (place: number, index: number) =>
      settled(index, [], { instances: known([instanceSeen(place), instanceSeen(3 - place, { state: 'FAULT' })]) });
    expect(whyNot(gate.check(stateOf(settled(0), 'unreachable', 'unreachable')))).toBeUndefined();
    expect(whyNot(gate.check(stateOf(settled(0, [vip, second]), only(1, 1), only(2, 2))))).toBeUndefined();
    // A VIP that is new to the others, and to the node, holds nothing up.
    const known1 = settled(1, [], { instances: known([instanceSeen(1)]) });
    expect(whyNot(gate.check(stateOf(settled(0, [vip]), known1, 'unreachable')))).toBeUndefined();
    expect(whyNot(gate.check(stateOf(settled(0, [second]), known1, 'unreachable')))).toContain(
      `does not know ${second}`,
    );
    // One that the cluster gives up is gone from the others first.
    expect(
      whyNot(successorGate('cp1', [vip]).check(stateOf(settled(0, [second]), known1, 'unreachable'))),
    ).toBeUndefined();
    expect(whyNot(successorGate('cp1', [second]).check(stateOf(settled(0, [second]), known1)))).toContain(
      'does not know',
    );
  });
});

describe('waiting for gates', () => {
  test('ends when all pass at the same look, and tells how long each took', async () => {
    const looks = [stateOf(settled(0), settled(1)), stateOf(settled(0, [vip]), settled(1))];
    const results = await waitForGates([holderGate(vip)], async () => looks.shift() ?? stateOf(), {
      timeoutMs: 1000,
      clock: clock(),
    });
    expect(results).toEqual([
      { sentence: `${vip} is held by exactly one node`, passed: true, lastError: undefined, tookMs: 100 },
    ]);
  });

  test('gives up after its time and keeps the last error', async () => {
    const results = await waitForGates([holderGate(vip)], async () => stateOf(settled(0)), {
      timeoutMs: 1000,
      clock: clock(),
    });
    expect(results).toMatchObject([{ passed: false, lastError: 'held by no node' }]);
  });
});
