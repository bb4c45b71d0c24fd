import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createHistory } from '../../../src/ui/watch/history.ts';
import type { WatchEvent } from '../../../src/observe/live/model.ts';

function event(atMs: number, id = String(atMs)): WatchEvent {
  return {
    id,
    atMs,
    errorMs: 0,
    source: 'observed',
    kind: 'log',
    tone: 'info',
    text: id,
  };
}

function all(history: ReturnType<typeof createHistory>) {
  return history.before(Infinity, 1_000_000);
}

it('keeps events in the order of their times, however they arrive, and each once', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), (times) => {
      const history = createHistory();
      for (const time of times) history.add([event(time)]);
      expect(all(history).map(({ atMs }) => atMs)).toEqual([...new Set(times)].toSorted((a, b) => a - b));
    }),
  );
});

it('is bounded: the oldest are forgotten, and may come in again', () => {
  const history = createHistory(100);
  for (let i = 0; i < 1000; i++) history.add([event(i)]);
  expect(history.size).toBeLessThanOrEqual(110);
  expect(all(history).at(-1)?.atMs).toBe(999);
  expect(all(history).map(({ atMs }) => atMs)).toEqual(
    Array.from({ length: history.size }, (_, i) => 1000 - history.size + i),
  );
});

it('gives pages that end at a time, newest last', () => {
  const history = createHistory();
  history.add([1, 2, 3, 4, 5].map((time) => event(time)));
  expect(history.before(4, 2).map(({ atMs }) => atMs)).toEqual([3, 4]);
  expect(history.before(0, 2)).toEqual([]);
});

it('numbers events as they arrive, also those that belong before others', () => {
  const history = createHistory();
  expect(history.add([event(10)]).map(({ number }) => number)).toEqual([1]);
  expect(history.add([event(5), event(10)]).map(({ number }) => number)).toEqual([2]);
});
