import { expect, test } from 'vitest';
import type { Prediction } from '../../src/cluster/disruption.ts';
import { predict } from '../../src/predict/predict.ts';
import { predictTogether, together } from '../../src/predict/together.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

function of(kind: Prediction['disruption']) {
  return predict(fakeSpec(), fakeTimers).filter(({ disruption }) => disruption === kind);
}

test('two faults at once cost at most one after the other, at least the longer one', () => {
  const [loss] = of('node-lost');
  const [hung] = of('api-server-hung');
  expect(loss && hung && together([loss, hung])).toMatchObject({
    impact: 'outage',
    lowerMs: loss?.lowerMs,
    upperMs: (loss?.upperMs ?? 0) + (hung?.upperMs ?? 0),
  });
  expect(loss && hung && together([loss, hung])?.reads).toMatchObject({
    impact: 'outage',
    upperMs: (loss?.reads?.upperMs ?? 0) + (hung?.upperMs ?? 0),
  });
  expect(hung && together([hung, hung])?.reads).toBeUndefined();
  expect(together(of('node-lost'))).toEqual(of('node-lost')[0]);
  expect(together([])).toBeUndefined();
});

test('what is late after one of them is late after all of them', () => {
  const late = of('isolated').map((prediction) => ({ ...prediction, lateShare: 1 / 3 }));
  expect(together([...of('haproxy-hung'), ...late])?.lateShare).toBeCloseTo(1 / 3);
  expect(together([...of('haproxy-hung'), ...of('vip-deleted')])?.lateShare).toBeUndefined();
});

function twoMs(kinds: readonly Prediction['disruption'][], spec = fakeSpec()): number {
  return predictTogether(spec, fakeTimers, kinds)?.twoHoldersUpperMs ?? Number.NaN;
}

test('a deaf holder that gives the VIP up takes it again: two hold it until it is fenced, or found to hang', () => {
  const alone = twoMs(['deaf-to-peers']) + twoMs(['vip-deleted']);
  const [fenced] = of('cut-from-peers');
  expect(twoMs(['deaf-to-peers', 'vip-deleted'])).toBeGreaterThan(alone + (fenced?.twoHoldersUpperMs ?? 0));
  expect(twoMs(['deaf-to-peers', 'api-server-killed'])).toBe(twoMs(['deaf-to-peers']));
  expect(twoMs(['deaf-to-peers', 'haproxy-killed'])).toBe(twoMs(['deaf-to-peers']) + twoMs(['haproxy-killed']));
  // A backup need not give anything up first.
  const backup = predictTogether(fakeSpec(), fakeTimers, ['deaf-to-peers'], true)?.twoHoldersUpperMs;
  expect(backup).toBeGreaterThan(fenced?.twoHoldersUpperMs ?? Infinity);
  expect(predictTogether(fakeSpec(), fakeTimers, ['cut-from-peers'], true)).toEqual(fenced);
  expect(twoMs(['mute-to-peers', 'vip-deleted'])).toBe(twoMs(['mute-to-peers']) + twoMs(['vip-deleted']));
  const spec = fakeSpec();
  const unfenced = { ...spec, failover: { ...spec.failover, fencing: false } };
  expect(twoMs(['deaf-to-peers', 'vip-deleted'], unfenced)).toBe(Infinity);
  expect(twoMs(['deaf-to-peers', 'vip-deleted'], fakeSpec({}, { nodes: 1 }))).toBe(
    twoMs(['deaf-to-peers'], fakeSpec({}, { nodes: 1 })),
  );
});

function ms(...kinds: readonly Prediction['disruption'][]): number {
  return predictTogether(fakeSpec(), fakeTimers, kinds)?.upperMs ?? Number.NaN;
}

test('a holder whose keepalived hangs says no goodbye, whatever makes it give the VIP up: it is as a lost node', () => {
  const lostMs = ms('node-lost');
  for (const kind of ['haproxy-killed', 'haproxy-hung', 'haproxy-out-of-memory', 'vip-deleted', 'drained'] as const) {
    expect(ms(kind, 'keepalived-hung'), kind).toBeGreaterThan(lostMs);
    expect(ms(kind, 'keepalived-hung') - ms(kind) - ms('keepalived-hung'), kind).toBeLessThan(lostMs);
  }
  expect(predictTogether(fakeSpec(), fakeTimers, ['haproxy-hung', 'keepalived-hung'])?.lowerMs).toBe(0);
  // Where nobody needs to be told, nothing is added; nor on a node without a VIP.
  expect(ms('node-lost', 'keepalived-hung')).toBe(lostMs + ms('keepalived-hung'));
  expect(predictTogether(fakeSpec(), fakeTimers, ['haproxy-killed', 'keepalived-hung'], true)?.upperMs).toBe(
    ms('haproxy-killed') + ms('keepalived-hung'),
  );
  const alone = fakeSpec({}, { nodes: 1 });
  expect(predictTogether(alone, fakeTimers, ['haproxy-killed', 'keepalived-hung'])?.upperMs).toBe(Infinity);
});
