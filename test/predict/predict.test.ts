import { describe, expect, test } from 'vitest';
import { disruptions, type DisruptionKind, type Prediction } from '../../src/cluster/disruption.ts';
import type { ClusterSpec } from '../../src/cluster/spec.ts';
import type { Timers } from '../../src/cluster/timers.ts';
import { defaultAllowances } from '../../src/predict/allowances.ts';
import { disruptionKinds, predict } from '../../src/predict/predict.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

function of(kind: DisruptionKind, spec: ClusterSpec = fakeSpec(), timers: Timers = fakeTimers): Prediction {
  const found = predict(spec, timers).find(({ disruption }) => disruption === kind);
  if (!found) throw new Error(`no prediction for ${kind}`);
  return found;
}

const subSecond: Timers = {
  ...fakeTimers,
  script: { ...fakeTimers.script, intervalMs: 200, timeoutMs: 800, asks: 1 },
};

describe('predict, with the timers of a 500 ms target', () => {
  test('bounds every kind of fault, lower not above upper, with a formula', () => {
    expect(new Set(disruptionKinds)).toEqual(new Set(Object.keys(disruptions)));
    for (const { lowerMs, upperMs, formula } of predict(fakeSpec(), fakeTimers)) {
      expect(lowerMs).toBeLessThanOrEqual(upperMs);
      expect(formula).not.toBe('');
    }
  });

  test('a lost node costs three to four adverts, and the formula says so', () => {
    expect(of('node-lost')).toMatchObject({
      impact: 'outage',
      lowerMs: 285.7,
      upperMs: 448.6,
      formula: '4 × 100 ms adverts + 8.6 ms skew + 5 ms timing + 15 ms takeover + 20 ms probe',
    });
  });

  test('a killed HAProxy costs at most 150 ms', () => {
    expect(of('haproxy-killed').upperMs).toBeLessThanOrEqual(150);
    expect(of('haproxy-killed').formula).toContain('80 ms systemd');
  });

  test('a stopped keepalived costs only a skew', () => {
    expect(of('keepalived-stopped').upperMs).toBeLessThanOrEqual(50);
  });

  test('a killed keepalived costs less than a lost node: its VIP answers until the unit has taken it off', () => {
    expect(of('keepalived-killed').upperMs).toBeLessThan(of('node-lost').upperMs);
    expect(of('keepalived-killed').formula).toContain('− 2 ms clean-up');
  });

  test('a killed keepalived leaves two holders where adverts are faster than the clean-up', () => {
    const fast = { ...fakeTimers, vrrp: { ...fakeTimers.vrrp, advertIntervalMs: 10 } };
    expect(of('keepalived-killed', fakeSpec(), fast).twoHoldersUpperMs).toBeCloseTo(55, 0);
  });

  test('a hung HAProxy is found in 0.4 to 0.9 s in whole seconds, and in 0.7 s in milliseconds', () => {
    expect(of('haproxy-hung')).toMatchObject({
      lowerMs: 375.7,
      upperMs: 898.6,
      note: expect.stringContaining('2.3.2'),
    });
    const quick = of('haproxy-hung', fakeSpec(), subSecond);
    expect(quick.upperMs).toBeLessThanOrEqual(700);
    expect(quick.note).toBeUndefined();
  });

  test('every further failure that the script needs costs an interval, or as many as one run takes', () => {
    const thrice = { ...subSecond, script: { ...subSecond.script, fall: 3 } };
    expect(
      of('haproxy-hung', fakeSpec(), thrice).upperMs - of('haproxy-hung', fakeSpec(), subSecond).upperMs,
    ).toBeCloseTo(2 * 600);
  });

  test('a cut-off holder is fenced within a second, where keepalived checks once a second', () => {
    const { twoHoldersUpperMs, impact } = of('cut-from-peers');
    expect(impact).toBe('partial');
    expect(twoHoldersUpperMs).toBeGreaterThan(0);
    expect(twoHoldersUpperMs + of('node-lost').lowerMs).toBeLessThanOrEqual(1000);
  });

  test('a hung API server is out after inter + 2 × connect + fastinter, unless a check waits for its answer', () => {
    const shortAnswer = { ...fakeTimers, check: { ...fakeTimers.check, answerMs: 800 } };
    expect(of('api-server-hung', fakeSpec(), shortAnswer)).toMatchObject({
      impact: 'partial',
      upperMs: 1720,
      formula: '500 ms inter + 500 ms connect + 100 ms fastinter + 500 ms connect + 100 ms taken out + 20 ms probe',
    });
    expect(of('api-server-hung').formula).toBe(
      '3 s answer + 100 ms fastinter + 500 ms connect + 100 ms taken out + 20 ms probe',
    );
  });

  test('a hung keepalived leaves two holders until it is found not to run, and clients nothing but requests in flight', () => {
    expect(of('keepalived-hung')).toMatchObject({ impact: 'in-flight', upperMs: 35 });
    const { looks, lookMs } = fakeTimers.script;
    expect(of('keepalived-hung').twoHoldersUpperMs).toBeGreaterThan((looks + 1) * lookMs - 450);
    expect(of('keepalived-hung').twoHoldersUpperMs).toBeLessThan(2000);
  });

  test('a deaf holder stays the only one, and is fenced; a mute one is as one that is cut off', () => {
    expect(of('deaf-to-peers').twoHoldersUpperMs).toBeLessThan(50);
    expect(of('mute-to-peers').upperMs).toBe(of('cut-from-peers').upperMs);
  });

  test('of two that do not hear each other the worse one gives up, once refusals count and its script has run', () => {
    const { graceMs, intervalMs } = fakeTimers.support;
    const { twoHoldersUpperMs, impact } = of('pair-cut');
    expect(impact).toBe('partial');
    expect(twoHoldersUpperMs).toBe(graceMs + intervalMs + 50 + 50 + 30);
    const unfenced = fakeSpec({ failover: { ...fakeSpec().failover, fencing: false } });
    expect(of('pair-cut', unfenced).twoHoldersUpperMs).toBe(Infinity);
    // etcd's leader, whoever it is, keeps the votes of those that hear it.
    expect(of('pair-cut').reads?.upperMs).toBe(of('pair-cut').upperMs);
  });

  test('a refusal counts only when the holder before is forgotten everywhere', () => {
    const { graceMs, heldMs, claimMs, interMs, fastInterMs, fall } = fakeTimers.support;
    const withdrawnMs = interMs + (fall - 1) * fastInterMs;
    expect(graceMs).toBeGreaterThanOrEqual(heldMs + interMs + withdrawnMs);
    expect(graceMs).toBeGreaterThanOrEqual(claimMs + withdrawnMs);
    expect(heldMs).toBeGreaterThan(fakeTimers.support.intervalMs);
  });

  test('a stranger and late ARP cost clients as long as they last, and an announcement more; no VIP has two holders by a stranger', () => {
    expect(of('address-taken')).toMatchObject({ impact: 'partial', upperMs: 7020, twoHoldersUpperMs: 0 });
    expect(of('late-arp')).toMatchObject({ impact: 'outage', lowerMs: 0 });
    expect(of('late-arp').upperMs).toBeGreaterThan(6500);
    expect(of('late-arp').upperMs).toBeLessThan(6600);
    for (const kind of ['read-only-root', 'dns-gone', 'clock-stepped'] as const)
      expect(of(kind)).toMatchObject({ impact: 'none' });
    expect(of('haproxy-out-of-memory').upperMs).toBe(of('haproxy-killed').upperMs);
  });

  test('a clock that is set costs nothing, unless adverts are signed with it: then two hold the VIP for as long as it is wrong', () => {
    expect(of('clock-stepped')).toMatchObject({ impact: 'none', twoHoldersUpperMs: 0 });
    const signed = fakeSpec({ keepalived: { ...fakeSpec().keepalived, hmacKey: { file: 'vrrp.key' } } });
    expect(of('clock-stepped', signed)).toMatchObject({ impact: 'partial', twoHoldersUpperMs: Infinity });
  });

  test('an isolated holder is a lost one for clients', () => {
    expect(of('isolated')).toMatchObject({ impact: 'outage', upperMs: of('node-lost').upperMs });
    expect(of('isolated').twoHoldersUpperMs).toBeGreaterThan(500);
  });

  test('planned moves cost a skew, reloads and etcd faults nothing', () => {
    for (const kind of ['drained', 'restarted', 'haproxy-stopped', 'node-rebooted'] as const)
      expect(of(kind).upperMs).toBe(of('keepalived-stopped').upperMs);
    for (const kind of ['reloaded', 'etcd-member-killed', 'etcd-leader-killed', 'etcd-quorum-lost'] as const)
      expect(of(kind)).toMatchObject({ impact: 'none', upperMs: 0, twoHoldersUpperMs: 0 });
  });

  test('reads wait for etcd too where its leader may be gone, and for nothing else', () => {
    expect(of('node-lost').reads).toMatchObject({
      impact: 'outage',
      lowerMs: of('node-lost').lowerMs,
      upperMs: 2620,
      formula: '2.6 s etcd election + 20 ms probe',
    });
    expect(of('deaf-to-peers').reads?.upperMs).toBe(3720);
    expect(of('etcd-member-killed').reads).toMatchObject({ impact: 'partial', upperMs: 3720 });
    expect(of('node-rebooted').reads).toMatchObject({ impact: 'outage', upperMs: 3720, ofFollowers: true });
    expect(of('etcd-quorum-lost').reads?.upperMs).toBe(Infinity);
    for (const kind of ['haproxy-killed', 'api-server-hung', 'api-server-not-ready', 'drained', 'vip-deleted'] as const)
      expect(of(kind).reads).toBeUndefined();
    const external = fakeSpec();
    expect(of('node-lost', { ...external, etcd: { ...external.etcd, mode: 'external' } }).reads).toBeUndefined();
  });

  test('a killed API server costs requests in flight, an unready one nothing', () => {
    expect(of('api-server-killed')).toMatchObject({ impact: 'in-flight', lowerMs: 0, upperMs: 80 });
    expect(of('api-server-not-ready')).toMatchObject({ impact: 'none', upperMs: 0 });
  });
});

/** Where there is one node, it goes on, or there is nothing to lose. */
const survived: readonly DisruptionKind[] = [
  'api-server-not-ready',
  'reloaded',
  'connections-exhausted',
  'packets-lost-10',
  'packets-lost-30',
  'disk-full',
  'read-only-root',
  'dns-gone',
  'clock-stepped',
  'address-taken',
  'network-restarted',
];

describe('predict for clusters that cannot fail over', () => {
  test.each(disruptionKinds.filter((kind) => !survived.includes(kind)))(
    'a single node is lost for ever by %s',
    (kind) => {
      expect(of(kind, fakeSpec({}, { nodes: 1, vips: 1 })).upperMs).toBe(Infinity);
    },
  );

  test('two nodes with fencing lose the address with either node', () => {
    const spec = fakeSpec(
      {
        failover: {
          targetMs: 500,
          fencing: true,
          preempt: false,
          tellClients: false,
          keepConnections: false,
          timers: {},
        },
      },
      { nodes: 2 },
    );
    expect(of('node-lost', spec)).toMatchObject({ upperMs: Infinity, note: expect.stringContaining('no majority') });
    expect(of('cut-from-peers', spec)).toMatchObject({ upperMs: Infinity, twoHoldersUpperMs: 0 });
  });

  test('two nodes without fencing fail over, and a cut makes two holders until it heals', () => {
    const spec = fakeSpec({}, { nodes: 2 });
    expect(of('node-lost', spec).upperMs).toBe(448.6);
    expect(of('cut-from-peers', spec).twoHoldersUpperMs).toBe(Infinity);
  });
});

test('measured allowances replace the default ones', () => {
  const measured = { ...defaultAllowances, takeover: { lowerMs: 0, upperMs: 115 } };
  const loss = predict(fakeSpec(), fakeTimers, measured).find(({ disruption }) => disruption === 'node-lost');
  expect(loss?.upperMs).toBe(548.6);
});
