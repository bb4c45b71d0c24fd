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
  const output = `k8s-ha-begin 1764009307.5
[2026-11-24T18:35:07.396340] 2: eth0    inet 172.16.100.100/32 scope global eth0\\       valid_lft forever
[2026-11-24T18:35:08.000001] Deleted 2: eth0    inet 172.16.100.100/32 scope global eth0\\       valid_lft forever
[2026-11-24T18:35:08.100000] 2: eth0    inet 172.16.100.10/32 scope global eth0\\       valid_lft forever
[2026-11-24T18:35:09.000000] 2: eth0    inet6 fd00::100/128 scope global \\       valid_lft forever`;

  test('is read with the clock of the drill', () => {
    const base = Date.parse('2026-11-24T18:35:07Z');
    const changes = parseChanges(output, '172.16.100.100', 'cp1', base);
    expect(changes.map(({ held }) => held)).toEqual([true, false]);
    expect(changes[0]?.atMs).toBeCloseTo(396.34, 2);
    expect(changes[1]?.atMs).toBeCloseTo(1000.001, 2);
  });

  test('leaves out an address that is kept on the loopback interface for connections that go on', () => {
    const kept =
      '[2026-11-24T18:35:07.396340] 1: lo    inet 172.16.100.100/32 scope global lo\\       valid_lft forever\n' +
      '[2026-11-24T18:35:07.500000] Deleted 2: eth0    inet 172.16.100.100/32 scope global eth0\\       valid_lft forever\n' +
      '[2026-11-24T18:35:09.500000] Deleted 1: lo    inet 172.16.100.100/32 scope global lo\\       valid_lft forever\n';
    expect(parseChanges(kept, '172.16.100.100', 'cp1', 0)).toMatchObject([{ held: false }]);
  });

  test('does not take another address for the VIP, and knows IPv6', () => {
    expect(parseChanges(output, '172.16.100.1', 'cp1', 0)).toEqual([]);
    expect(parseChanges(output, 'fd00::100', 'cp1', 0)).toHaveLength(1);
  });
});
