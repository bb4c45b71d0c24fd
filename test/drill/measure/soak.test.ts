import { describe, expect, test } from 'vitest';
import { outage } from '../../../src/drill/measure/outage.ts';
import { parseSoak } from '../../../src/drill/measure/soak.ts';
import { soakIsGood, soakText } from '../../../src/report/drill/soak.ts';

describe('a soak', () => {
  test('reads microseconds of cyclictest and the state changes of keepalived', () => {
    const said = 'Max:    1234\ntransitions: 2\ngave-up: 1\n';
    expect(parseSoak(said, 'cp1')).toEqual({ node: 'cp1', stallMs: 1.234, transitions: 2, gaveUp: 1 });
    expect(parseSoak('transitions: 2\ngave-up: 1\n', 'cp1')).toBeUndefined();
    expect(parseSoak('Max:    1234\ntransitions: 2\n', 'cp1')).toBeUndefined();
  });

  test('does without cyclictest, and says where it was missing and how to get it', () => {
    const without = parseSoak('cyclictest: not installed\ntransitions: 0\ngave-up: 0\n', 'cp2');
    expect(without).toEqual({ node: 'cp2', transitions: 0, gaveUp: 0 });
    if (!without) throw new Error('it was not read');
    const nodes = [{ node: 'cp1', stallMs: 11.2, transitions: 0, gaveUp: 0 }, without];
    const result = { seconds: 60, busy: false, nodes, outage: outage([], { ratePerSecond: 100 }) };
    expect(soakIsGood(result)).toBe(true);
    expect(soakText(result)).toContain('cp2   not measured   0              0');
    expect(soakText(result)).toContain('How long cp2 stood still was not measured');
    expect(soakText(result)).toContain('package rt-tests');
    expect(soakText(result)).toContain('hostStall: 12ms');
    expect(soakText({ ...result, nodes: [without] })).not.toContain('hostStall');
  });

  test('is good only when nothing moved and nothing was lost', () => {
    const node = { node: 'cp1', stallMs: 11.2, transitions: 0, gaveUp: 0 };
    const result = { seconds: 60, busy: true, nodes: [node], outage: outage([], { ratePerSecond: 100 }) };
    expect(soakIsGood(result)).toBe(true);
    expect(soakText(result)).toContain('failover: { hostStall: 12ms }');
    const moved = { ...result, nodes: [{ ...node, transitions: 3 }] };
    expect(soakIsGood(moved)).toBe(false);
    expect(soakText(moved)).toContain(
      'A VIP moved although nothing failed: 3 state changes. Longer adverts are needed.',
    );
    const fenced = { ...result, nodes: [{ ...node, transitions: 3, gaveUp: 1 }] };
    expect(soakText(fenced)).toContain('3 state changes. cp1 went to FAULT: as cut off');
  });
});
