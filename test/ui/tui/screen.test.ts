import { describe, expect, it } from 'vitest';
import { createPainter } from '../../../src/ui/tui/paint.ts';
import { lineText, type ScreenSize } from '../../../src/ui/tui/lines.ts';
import { screenLines } from '../../../src/ui/tui/screen.ts';
import type { WatchEvent } from '../../../src/observe/live/model.ts';
import { clusterView } from '../../../src/ui/watch/view.ts';
import { atMs, healthy, run, sampled, spec, vip } from '../cluster.ts';

function screen(state = healthy(), events: readonly WatchEvent[] = [], size: ScreenSize = { columns: 80, rows: 24 }) {
  return screenLines(clusterView(spec, state), events, size).map((line) => lineText(line, false));
}

function lost(node: string) {
  return { kind: 'lost', node, atMs: atMs(4), reason: `${node} has not answered` } as const;
}

const event: WatchEvent = {
  id: '1',
  atMs: atMs(1),
  errorMs: 0,
  source: 'observed',
  kind: 'vip',
  tone: 'good',
  text: 'it moved',
};

describe('the screen', () => {
  it('says who holds the address, who serves, and that all is well', () => {
    const lines = screen();
    expect(lines[0]).toMatch(/^tutorial {2}served {40,}\d\d:\d\d:\d\d$/);
    expect(lines[1]).toBe('The API is served by cp1.');
    expect(lines[3]).toMatch(new RegExp(`^${vip} {2}cp1 {2}for ≥ `));
    expect(lines.join('\n')).toContain('cp1   runs     runs        holds      9, 3 new/s');
    expect(lines.join('\n')).toContain('3 of 3 HAProxys  9         answers in 4 ms');
    expect(lines.at(-1)).toContain('q quit');
  });

  it('shows nothing of a node that does not answer but since when', () => {
    const lines = screen(run([lost('cp1')], { from: healthy() }).state);
    const row = lines.find((line) => line.startsWith('  cp1   unknown')) ?? '';
    expect(row).toMatch(/^ {2}cp1 {3}unknown since \d\d:\d\d:\d\d \(3 s\): cp1 has not answered$/);
    expect(lines.join('\n')).toMatch(/cp1 +2 of 2 HAProxys/);
    expect(lines.find((line) => line.startsWith(vip))).toMatch(/unknown {2}since .* {2}last seen on cp1$/);
  });

  it('puts a split brain into its first line', () => {
    const { state } = run([sampled(2, 'cp2', [vip]), sampled(3, 'cp1', [vip]), sampled(3, 'cp2', [vip])], {
      from: healthy(),
    });
    expect(screen(state)[0]).toMatch(/^tutorial {2}OUTAGE/);
    expect(screen(state)[1]).toBe(`Split brain: cp1 and cp2 both hold ${vip}, and clients get either.`);
  });

  it.each([
    [{ columns: 80, rows: 24 }],
    [{ columns: 20, rows: 5 }],
    [{ columns: 200, rows: 60 }],
    [{ columns: 1, rows: 1 }],
  ])('is never larger than the terminal: %o', (size) => {
    const { state } = run([lost('cp1'), lost('cp2')], { from: healthy() });
    const events = Array.from({ length: 300 }, () => ({ ...event, text: 'x'.repeat(300) }));
    const lines = screen(state, events, size);
    expect(lines.length).toBeLessThanOrEqual(size.rows);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(size.columns);
  });

  it('keeps room for the newest events, and shows them first', () => {
    const { state } = run([lost('cp1'), lost('cp2')], { from: healthy() });
    const lines = screen(state, [event, { ...event, id: '2', kind: 'node', text: 'newest' }]);
    const at = lines.indexOf('  WHAT HAPPENED, newest first');
    expect(lines[at + 1]).toMatch(/^▸ .* it moved$/);
    expect(lines[at + 2]).toContain('newest');
  });
});

function terminal(rows = 5) {
  const written: string[] = [];
  return { written, painter: createPainter({ columns: 10, rows, write: (text) => written.push(text) }) };
}

describe('painting', () => {
  it('writes only the lines that changed, and nothing when none did', () => {
    const { written, painter } = terminal();
    painter.paint(['a', 'b']);
    painter.paint(['a', 'b']);
    painter.paint(['a', 'c']);
    expect(written).toHaveLength(3);
    expect(written[2]).toContain('\u001B[2;1Hc\u001B[K');
    expect(written[2]).not.toContain('a');
  });

  it('erases what a shorter screen leaves, and paints all of it again after a resize', () => {
    const { written, painter } = terminal();
    painter.paint(['a', 'b', 'c']);
    painter.paint(['a']);
    expect(written[2]).toContain('\u001B[2;1H\u001B[J');
    painter.forget();
    painter.paint(['a']);
    expect(written[3]).toContain('a');
  });

  it('gives the terminal back', () => {
    const { written, painter } = terminal();
    painter.close();
    expect(written).toEqual(['\u001B[?1049h\u001B[?25l', '\u001B[?25h\u001B[?1049l']);
  });
});
