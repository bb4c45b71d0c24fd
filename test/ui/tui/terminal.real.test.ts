import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterState } from '../../../src/cluster/state.ts';
import { liveStatus } from '../../../src/ui/tui/live.ts';
import { createHistory } from '../../../src/ui/watch/history.ts';
import type { Watch } from '../../../src/ui/watch/watch.ts';
import { spec } from '../../drill/sim/world.ts';
import { seenInState, stateNames } from '../../judge/diagnosis/states.ts';
import { watchedThrough } from '../recorded.ts';

const socket = `k8s-ha-screens-${process.pid}`;
const size = { columns: 80, rows: 24 };

function tmux(...argv: readonly string[]): string {
  const ran = spawnSync('tmux', ['-L', socket, '-f', '/dev/null', ...argv], { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`tmux ${argv[0]}: ${ran.stderr}`);
  return ran.stdout;
}

/** A watch in which nothing more happens. */
async function watchOf(before: ClusterState, after: ClusterState): Promise<Watch> {
  const { state, events } = watchedThrough(spec, before, after);
  const history = createHistory(1000);
  history.add(events);
  return {
    spec: { ...spec, name: 'prod' },
    history,
    state: () => state,
    subscribe: () => () => undefined,
    note: () => undefined,
    look: async () => undefined,
    stop: async () => undefined,
  };
}

let healthy: ClusterState;
beforeAll(async () => {
  healthy = await seenInState('healthy');
});
afterAll(() => void spawnSync('tmux', ['-L', socket, 'kill-server']));

function nothing(): number {
  return 0;
}

describe.each(stateNames)('a real terminal that shows a cluster that is %s', (name) => {
  test('has the screen of docs/screens, and is given back as it was', async () => {
    const watch = await watchOf(healthy, await seenInState(name));
    tmux('new-session', '-d', '-s', name, '-x', '80', '-y', '24', 'echo as it was; exec sleep 600');
    await expect.poll(() => tmux('capture-pane', '-p', '-t', name)).toContain('as it was');
    const tty = openSync(tmux('display-message', '-p', '-t', name, '#{pane_tty}').trim(), 'w');
    const ending = new AbortController();
    const output = { ...size, isTTY: true, write: (text: string) => writeSync(tty, text), on: () => 0, off: () => 0 };
    const input = { isTTY: true, setRawMode: nothing, resume: nothing, pause: nothing, on: nothing, off: nothing };
    const ended = liveStatus(watch, {
      output,
      input,
      color: true,
      signal: ending.signal,
      commands: { file: 'prod.yaml' },
    });
    try {
      await expect.poll(() => tmux('capture-pane', '-p', '-t', name)).toMatch(/^prod {2}\w+/);
      const screen = tmux('capture-pane', '-p', '-t', name).replaceAll(/\d\d:\d\d:\d\d/g, '03:19:18');
      await expect(screen).toMatchFileSnapshot(`../../../docs/screens/${name}.txt`);
    } finally {
      ending.abort();
      await ended;
      closeSync(tty);
    }
    await expect.poll(() => tmux('capture-pane', '-p', '-t', name).trim()).toBe('as it was');
  });
});
