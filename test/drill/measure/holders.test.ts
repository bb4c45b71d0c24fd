import { describe, expect, test } from 'vitest';
import { timelineOf, type NodeRecord } from '../../../src/drill/measure/holders.ts';
import { parseChanges } from '../../../src/drill/measure/recorder.ts';

function record(node: string, heldAtStart: boolean, ...changes: readonly [number, boolean][]): NodeRecord {
  return {
    node,
    heldAtStart,
    changes: changes.map(([atMs, held]) => ({ atMs, node, held })),
    errorMs: 3,
  };
}

describe("the holders' timeline", () => {
  test('is one span where nothing moves', () => {
    expect(timelineOf([record('cp1', true), record('cp2', false)], {}, 0, 100)).toEqual({
      spans: [{ fromMs: 0, toMs: 100, holders: ['cp1'] }],
      twoMs: 0,
      noneMs: 0,
      errorMs: 3,
      unknown: {},
    });
  });

  test('has a gap where the old holder gave up before the new one took over', () => {
    const { spans, noneMs, twoMs } = timelineOf(
      [record('cp1', true, [40, false]), record('cp2', false, [47, true])],
      {},
      0,
      100,
    );
    expect(spans.map(({ holders }) => holders)).toEqual([['cp1'], [], ['cp2']]);
    expect({ noneMs, twoMs }).toEqual({ noneMs: 7, twoMs: 0 });
  });

  test('counts all time with two holders', () => {
    const both = [record('cp1', true, [60, false], [80, true], [85, false]), record('cp2', false, [50, true])];
    expect(timelineOf(both, {}, 0, 100)).toMatchObject({ twoMs: 15, noneMs: 0 });
  });

  test('lets a node that lost its power hold nothing from then on, whatever it had written down', () => {
    const lost: NodeRecord = { ...record('cp1', true, [70, true]), untilMs: 50 };
    expect(timelineOf([lost, record('cp2', false, [60, true])], {}, 0, 100)).toMatchObject({ twoMs: 0, noneMs: 10 });
  });

  test('is cut to the time that was asked for', () => {
    const { spans } = timelineOf([record('cp1', false, [-5, true], [150, false])], {}, 0, 100);
    expect(spans).toEqual([{ fromMs: 0, toMs: 100, holders: ['cp1'] }]);
  });
});

describe("a node's record of its addresses", () => {
  const base = Date.parse('2026-11-24T18:35:07Z');

  /** A line as journald gives it back, `upMs` after the record began; `aheadMs`: by how much the wall clock was set since. */
  function line(text: string, upMs: number, aheadMs = 0): string {
    return JSON.stringify({
      __CURSOR: 's=1',
      __REALTIME_TIMESTAMP: String((base + upMs + aheadMs) * 1000),
      __MONOTONIC_TIMESTAMP: String((5_000_000 + upMs) * 1000),
      MESSAGE: text,
    });
  }

  /** As ip(8) writes it, by the wall clock. */
  function change(address: string, atMs: number, { deleted = false, dev = 'eth0' } = {}): string {
    const time = new Date(base + atMs).toISOString().replace('Z', '000');
    const family = address.includes(':') ? 'inet6' : 'inet';
    return `[${time}] ${deleted ? 'Deleted ' : ''}2: ${dev}    ${family} ${address}/32 scope global ${dev}\\       valid_lft forever`;
  }

  const vip = '172.16.100.100';
  const began = line('k8s-ha-begin', 0);

  function read(lines: readonly string[], address = vip): readonly [number, boolean][] | undefined {
    return parseChanges(['1764009307.5', ...lines].join('\n'), address, 'cp1', base)?.map(({ atMs, held }) => [
      Math.round(atMs),
      held,
    ]);
  }

  test('is read with the clock of the drill', () => {
    const lines = [
      line(change(vip, 396), 399),
      line(change(vip, 1000, { deleted: true }), 1050),
      line(change('172.16.100.10', 1100), 1101),
      line(change('fd00::100', 2000), 2001),
    ];
    expect(read([began, ...lines])).toEqual([
      [396, true],
      [1000, false],
    ]);
    expect(read([began, ...lines], '172.16.100.1')).toEqual([]);
    expect(read([began, ...lines], 'fd00::100')).toEqual([[2000, true]]);
  });

  test('leaves out an address that is kept on the loopback interface for connections that go on', () => {
    const lines = [
      line(change(vip, 396, { dev: 'lo' }), 397),
      line(change(vip, 500, { deleted: true }), 501),
      line(change(vip, 2500, { deleted: true, dev: 'lo' }), 2501),
    ];
    expect(read([began, ...lines])).toEqual([[500, false]]);
  });

  test.each([3_600_000, -3_600_000])('is right where the clock was set by %i ms meanwhile, and back', (aheadMs) => {
    expect(
      read([
        began,
        line(change(vip, 100), 103),
        line(change(vip, 1000 + aheadMs, { deleted: true }), 1003, aheadMs),
        line(change(vip, 2000), 2002),
        // Set between the two: what journald says is all that is known.
        line(change(vip, 3000, { deleted: true }), 3004, aheadMs),
      ]),
    ).toEqual([
      [100, true],
      [1000, false],
      [2000, true],
      [3004, false],
    ]);
  });

  test('is not shifted by a clock that is only disciplined', () => {
    expect(read([began, line(change(vip, 1030), 1001, 30)])).toEqual([[1030, true]]);
  });

  test('is lost where its beginning is not there, or nothing can be read', () => {
    expect(read([line(change(vip, 396), 399)])).toBeUndefined();
    expect(read([])).toBeUndefined();
    expect(read(['{', 'k8s-ha-begin', '{"MESSAGE":"k8s-ha-begin"}'])).toBeUndefined();
  });
});
