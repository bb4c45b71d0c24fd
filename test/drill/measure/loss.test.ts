import { describe, expect, test } from 'vitest';
import { requestLoss, watchLoss, writeLoss } from '../../../src/drill/measure/loss.ts';
import type { ProbeSample, WatchEvent } from '../../../src/drill/measure/probe.ts';

function request(sentMs: number, tookMs: number, outcome: ProbeSample['outcome'] = 'ok'): ProbeSample {
  return {
    kind: 'request',
    index: sentMs,
    sentMs,
    doneMs: sentMs + tookMs,
    outcome,
    latenessMs: 0,
  };
}

function event(atMs: number, what: WatchEvent['what'] = 'event'): WatchEvent {
  return { atMs, what };
}

describe('requests on kept connections', () => {
  test('lose nothing when all are answered', () => {
    expect(requestLoss([request(0, 5), request(50, 5)], 0, 100)).toEqual({
      sent: 2,
      failed: 0,
      slow: 0,
      worstMs: 5,
      stallMs: 0,
    });
  });

  test('stall from the first bad one to the next prompt one, and only those in the time count', () => {
    const samples = [
      request(-10, 3000, 'timeout'),
      request(0, 5),
      request(50, 1500),
      request(100, 3, 'reset'),
      request(150, 5),
    ];
    expect(requestLoss(samples, 0, 200)).toEqual({ sent: 4, failed: 1, slow: 1, worstMs: 1500, stallMs: 100 });
  });

  test('that never get well stall to the end', () => {
    expect(requestLoss([request(0, 5), request(50, 3, 'refused')], 0, 200).stallMs).toBe(150);
  });
});

describe('the watch', () => {
  test('is unknown where there was none', () => {
    expect(watchLoss([], 0, 100)).toBeUndefined();
  });

  test('that is not cut has only its longest silence', () => {
    expect(watchLoss([event(-5, 'open'), event(10), event(60), event(95)], 0, 100)).toEqual({
      cuts: 0,
      reconnectMs: 0,
      silenceMs: 50,
      open: true,
    });
  });

  test('that is cut is back when it is open again, counted from what was last heard', () => {
    const events = [event(-5, 'open'), event(10), event(40, 'lost'), event(50, 'lost'), event(80, 'open'), event(90)];
    expect(watchLoss(events, 0, 100)).toMatchObject({ cuts: 1, reconnectMs: 70, open: true });
  });

  test('that does not come back is not open', () => {
    expect(watchLoss([event(-5, 'open'), event(10), event(40, 'lost')], 0, 100)).toMatchObject({
      cuts: 1,
      open: false,
      silenceMs: 90,
    });
  });
});

test('a lost acknowledged write is counted, and a failed reading back is told', () => {
  const requests = requestLoss([request(0, 5)], 0, 100);
  expect(writeLoss(requests, { acknowledged: 3, lost: ['x'] })).toMatchObject({ acknowledged: 3, lost: 1 });
  expect(writeLoss(requests, { acknowledged: 3, lost: [], failure: 'no' })).toMatchObject({
    lost: 0,
    auditFailure: 'no',
  });
});
