import type { Prediction } from '../../src/cluster/disruption.ts';
import { outage } from '../../src/drill/measure/outage.ts';
import { usableOf } from '../../src/drill/measure/usable.ts';
import type { ProbeSample } from '../../src/drill/measure/probe.ts';
import type { DrillSource } from '../../src/drill/ground.ts';
import type { DrillResult } from '../../src/drill/result.ts';
import { predict } from '../../src/predict/predict.ts';
import { fakeSpec, fakeTimers } from './spec.ts';

const samples: readonly ProbeSample[] = Array.from({ length: 100 }, (_, index) => {
  const sentMs = 10_000 + index * 10;
  const bad = index >= 30 && index < 66;
  const outcome = bad ? 'unreachable' : 'ok';
  const read = { doneMs: sentMs + 6, outcome } as const;
  return { kind: 'connect', index, sentMs, doneMs: sentMs + 4, outcome, latenessMs: 0, read };
});
const times = { beganMs: 10_000, injectedMs: 10_300, healedMs: 10_990 };

const prediction = nodeLostPrediction();

/** A lost node, measured: 36 of 100 connections failed. */
export function drillResult(overrides: Partial<DrillResult> = {}): DrillResult {
  return {
    fault: 'node-lost',
    summary: 'the VIP holder loses power',
    nodes: ['cp1'],
    vip: '172.16.100.100',
    startedAt: '2026-11-24T12:00:00.000Z',
    ratePerSecond: 100,
    prediction,
    usable: usableOf(samples, '/readyz?exclude=shutdown', times, 100),
    outage: outage(samples, { ratePerSecond: 100 }),
    lostMs: 360,
    verdict: 'within',
    requests: { sent: 20, failed: 0, slow: 1, worstMs: 1200, stallMs: 50 },
    watch: { cuts: 1, reconnectMs: 410, silenceMs: 420, open: true },
    writes: { sent: 20, failed: 3, slow: 0, worstMs: 30, stallMs: 380, acknowledged: 17, lost: 0 },
    writesNote: undefined,
    holders: {
      spans: [
        { fromMs: -300, toMs: 0, holders: ['cp1'] },
        { fromMs: 0, toMs: 350, holders: [] },
        { fromMs: 350, toMs: 700, holders: ['cp2'] },
      ],
      twoMs: 0,
      noneMs: 350,
      errorMs: 2,
      unknown: {},
    },
    twoHoldersVerdict: 'within',
    clientView: [{ atMs: -300, node: 'cp1' }],
    healedMs: 650,
    healedBy: 'operator',
    afterHeal: outage(samples.slice(0, 5), { ratePerSecond: 100 }),
    backMs: 0,
    gates: [],
    leases: [],
    samples: samples.map(({ sentMs, outcome }) => [sentMs - 10_300, 4, outcome]),
    attempt: 1,
    ...overrides,
  };
}

function nodeLostPrediction(): Prediction {
  const found = predict(fakeSpec(), fakeTimers).find(({ disruption }) => disruption === 'node-lost');
  if (!found) throw new Error('no prediction');
  return found;
}

/** What those drills were made with. */
export const drillSource: DrillSource = {
  tool: '0.1.0',
  file: { name: 'tutorial.yaml', sha256: '0123456789abcdef'.repeat(4) },
  targetMs: 500,
  timers: fakeTimers,
  nodes: ['cp1', 'cp2', 'cp3'].map((node) => ({ node, keepalived: '2.2.7', haproxy: '2.6.12' })),
};
