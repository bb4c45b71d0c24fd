import { expect, it } from 'vitest';
import { createEventWindow, placeAfter } from '../../../src/ui/web/page/event-window.ts';
import { spanText } from '../../../src/ui/web/page/format.ts';
import { replay } from '../../../src/ui/web/page/replay.ts';

function event(number: number, atMs: number) {
  return {
    id: String(number),
    number,
    atMs,
    errorMs: 0,
    source: 'observed',
    kind: 'log',
    tone: 'info',
    text: '',
  } as const;
}

it('the window of events is in order, holds each once, and is bounded', () => {
  const window = createEventWindow(100);
  expect(window.add([event(2, 20), event(3, 30)])).toBe(true);
  expect(window.add([event(1, 10), event(2, 20)])).toBe(true);
  expect(window.add([event(1, 10)])).toBe(false);
  expect(window.events.map(({ number }) => number)).toEqual([1, 2, 3]);
  for (let i = 4; i < 1000; i += 1) window.add([event(i, i * 10)]);
  expect(window.events.length).toBeLessThanOrEqual(105);
  expect(window.events.at(-1)?.number).toBe(999);
  expect(placeAfter(window.events, 9980)).toBe(window.events.length - 1);
});

function entered(atMs: number, node: string, state: 'MASTER' | 'BACKUP') {
  return {
    atMs,
    node,
    kind: 'vrrp',
    tone: 'good',
    vrrp: { vip: 'v', state },
  } as const;
}

it('the past is replayed from the transitions before a moment', () => {
  const events = [entered(1, 'cp1', 'MASTER'), entered(5, 'cp2', 'MASTER'), entered(6, 'cp1', 'BACKUP')];
  expect(replay(events, 0)).toEqual({ holders: {}, states: {} });
  expect(replay(events, 4).holders).toEqual({ v: ['cp1'] });
  expect(replay(events, 5).holders).toEqual({ v: ['cp1', 'cp2'] });
  expect(replay(events, 9).holders).toEqual({ v: ['cp2'] });
});

it('a span is told in the unit that a person would use', () => {
  expect([-5, 4000, 59_400, 61_000, 7_500_000].map(spanText)).toEqual(['0 s', '4 s', '59 s', '1 min', '2 h 5 min']);
});
