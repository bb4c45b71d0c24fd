import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { WatchEvent } from '../../../src/observe/live/model.ts';
import { incidentsOf } from '../../../src/ui/tui/incidents.ts';
import { keysOf } from '../../../src/ui/tui/keys.ts';
import { liveStatus } from '../../../src/ui/tui/live.ts';
import { firstMode, pressed, type Mode } from '../../../src/ui/tui/mode.ts';
import { createHistory } from '../../../src/ui/watch/history.ts';
import type { Watch } from '../../../src/ui/watch/watch.ts';
import { atMs, healthy, spec } from '../cluster.ts';

const limits = { nodes: 3, scroll: 30 };

/** The mode after what was typed; undefined once the view ends. */
function after(typed: string, from: Mode = firstMode): Mode | undefined {
  let mode: Mode | undefined = from;
  for (const key of keysOf(typed)) mode = mode && pressed(mode, key, limits);
  return mode;
}

function event(seconds: number, overrides: Partial<WatchEvent>): WatchEvent {
  const text = overrides.text ?? 'x';
  return {
    id: `${seconds} ${text}`,
    atMs: atMs(seconds),
    errorMs: 0,
    source: 'haproxy',
    kind: 'server',
    tone: 'bad',
    text,
    ...overrides,
  };
}

describe('keys', () => {
  test('are read from what a terminal sends, and others left out', () => {
    expect(keysOf('q\u001B[A\u001BOB\u001B[1;5C\r\u0001é')).toEqual([
      { key: 'char', char: 'q' },
      { key: 'up' },
      { key: 'down' },
      { key: 'enter' },
      { key: 'char', char: 'é' },
    ]);
  });

  test('q and Ctrl-C end the view, also from another page and while a filter is typed', () => {
    expect(after('q')).toBeUndefined();
    expect(after('eq')).toBeUndefined();
    expect(after('/\u0003')).toBeUndefined();
    expect(after('/q')).toMatchObject({ typing: true, filter: 'q' });
  });

  test('open pages, and the same key or Esc leads back', () => {
    for (const [key, page] of [
      ['e', 'events'],
      ['d', 'drains'],
      ['p', 'predictions'],
      ['?', 'help'],
    ] as const) {
      expect(after(key)?.page).toBe(page);
      expect(after(key + key)?.page).toBe('main');
      expect(after(`${key}\u001B`)?.page).toBe('main');
    }
  });

  test('arrows select a node, round, and Enter opens it', () => {
    expect(after('\u001B[B')?.selected).toBe(0);
    expect(after('\u001B[A')?.selected).toBe(2);
    expect(after('\u001B[B\u001B[B\u001B[B\u001B[B')?.selected).toBe(0);
    expect(after('\u001B[B\u001B[B\r')).toMatchObject({ page: 'node', selected: 1 });
  });

  test('arrows scroll a page, never beyond its ends', () => {
    expect(after('e\u001B[A')?.scroll).toBe(0);
    expect(after(`e${'\u001B[6~'.repeat(9)}\u001B[A`)?.scroll).toBe(29);
  });

  test('a filter is typed, corrected, kept and ended', () => {
    expect(after('/cp12\u007F\r')).toMatchObject({ typing: false, filter: 'cp1', page: 'main' });
    expect(after('/cp1\u001B')).toMatchObject({ typing: false, filter: '' });
  });
});

describe('incidents', () => {
  test('of one server are one, over backends, nodes and repetitions', () => {
    const lines = ['cp1', 'cp2', 'cp3'].flatMap((node, i) =>
      ['k8s_api_ready', 'k8s_api_any'].map((backend) =>
        event(i, { node, text: `Server ${backend}/cp2 is DOWN, reason: Layer4 timeout` }),
      ),
    );
    const { others } = incidentsOf(lines);
    expect(others).toMatchObject([
      { count: 6, nodes: ['cp1', 'cp2', 'cp3'], text: 'HAProxy finds the API server of cp2 down', atMs: atMs(0) },
    ]);
  });

  test('pin the last move, and leave out gates, transitions and lines that tell of nothing bad', () => {
    const { moves, others } = incidentsOf([
      event(1, { kind: 'vip', source: 'observed', tone: 'good', text: 'v moved cp1 → cp2' }),
      event(2, { kind: 'gate', source: 'observed', text: 'failing: x' }),
      event(2, { kind: 'vrrp', source: 'keepalived', tone: 'info', text: 'K8S_API_1 enters BACKUP' }),
      event(2, { kind: 'log', source: 'keepalived', tone: 'info', text: 'benign' }),
      event(3, { kind: 'vip', source: 'observed', tone: 'good', text: 'v moved cp2 → cp3' }),
      event(4, { kind: 'log', source: 'keepalived', tone: 'warn', text: 'script failed' }),
    ]);
    expect(moves.map(({ text }) => text)).toEqual(['v moved cp2 → cp3']);
    expect(others.map(({ text }) => text)).toEqual(['script failed']);
  });

  test('pin the moves of all VIPs that moved with the last one', () => {
    const times = { x: 1, v: 100, w: 101 };
    const moved = Object.entries(times).map(([vip, second]) =>
      event(second, { kind: 'vip', source: 'observed', tone: 'good', vip, text: `${vip} moved cp1 → cp2` }),
    );
    const { moves } = incidentsOf(moved);
    expect(moves.map(({ text }) => text)).toEqual(['w moved cp1 → cp2', 'v moved cp1 → cp2']);
  });

  test('that come again later are new ones', () => {
    const { others } = incidentsOf([event(0, { text: 'a' }), event(30, { text: 'a' }), event(200, { text: 'a' })]);
    expect(others.map(({ count }) => count)).toEqual([1, 2]);
  });
});

describe('the live view on a terminal', () => {
  test('ends by a key, and gives the terminal back', async () => {
    const watch: Watch = {
      spec,
      history: createHistory(10),
      state: healthy,
      subscribe: () => () => undefined,
      note: () => undefined,
      look: async () => undefined,
      stop: async () => undefined,
    };
    const written: string[] = [];
    const raw: boolean[] = [];
    const output = Object.assign(new EventEmitter(), {
      isTTY: true,
      columns: 80,
      rows: 24,
      write: (text: string) => written.push(text),
    });
    const calls: string[] = [];
    const input = Object.assign(new EventEmitter(), {
      isTTY: true,
      setRawMode: (on: boolean) => raw.push(on),
      resume: () => calls.push('resume'),
      pause: () => calls.push('pause'),
    });
    const ended = liveStatus(watch, { output, input, color: false, signal: new AbortController().signal });
    input.emit('data', Buffer.from('?'));
    expect(written.at(-1)).toContain('everything about the selected node');
    input.emit('data', Buffer.from('q'));
    await ended;
    expect(raw).toEqual([true, false]);
    expect(calls).toEqual(['resume', 'pause']);
    expect(written.at(-1)).toBe('\u001B[?25h\u001B[?1049l');
    expect(input.listenerCount('data') + output.listenerCount('resize')).toBe(0);
  });
});
