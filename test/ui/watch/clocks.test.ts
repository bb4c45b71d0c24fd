import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { script, type CommandResult } from '../../../src/core/command.ts';
import type { StreamingHost } from '../../../src/host/stream.ts';
import { watch, type Watch } from '../../../src/ui/watch/watch.ts';
import { spec, startMs, vip } from '../cluster.ts';

const hourMs = 3_600_000;

interface Node {
  readonly host: StreamingHost;
  /** What it was asked: `t`, `c`, `k` or `r`. */
  readonly asked: string[];
  /** Its clock minus the operator's. */
  offsetMs: number;
  /** One line of its output. */
  say: (line: string) => void;
}

function nodeNamed(name: string): Node {
  const ran: CommandResult = { command: script('watch', ':'), rc: 0, stdout: '', stderr: '' };
  const node: Node = {
    asked: [],
    offsetMs: 0,
    say: () => undefined,
    host: {
      name,
      run: async () => ran,
      close: async () => undefined,
      open: async (_, onLine) => {
        node.say = onLine;
        const closed = new AbortController();
        return {
          ended: new Promise<CommandResult>((resolve) => closed.signal.addEventListener('abort', () => resolve(ran))),
          close: () => closed.abort(),
          write: (text) => {
            for (const line of text.trim().split('\n')) answer(node, line);
          },
        };
      },
    },
  };
  return node;
}

function answer(node: Node, line: string): void {
  const [ask = '', sequence] = line.split(' ');
  node.asked.push(ask);
  if (ask === 'c') node.say(`C ${Date.now() + node.offsetMs}000000`);
  if (ask !== 't') return;
  for (const said of [`T ${sequence} S S`, 'D ', 'L ']) node.say(said);
  if (node.host.name === 'cp1') node.say(`2: eth0    inet ${vip}/32 scope global eth0`);
  node.say(`E ${sequence} 0`);
}

let nodes: readonly Node[] = [];
let watched: Watch | undefined;

function begun(): Watch {
  nodes = ['cp1', 'cp2', 'cp3'].map(nodeNamed);
  watched = watch(
    spec,
    nodes.map(({ host }) => host),
    { lookEveryMs: 0 },
  );
  return watched;
}

function countOf(ask: string): number {
  return nodes[0]?.asked.filter((one) => one === ask).length ?? 0;
}

beforeEach(() => {
  vi.useFakeTimers({ now: startMs, toFake: ['Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(async () => {
  await watched?.stop();
  vi.useRealTimers();
});

test("a watch goes on when this machine's clock is set back, and says so", async () => {
  const watching = begun();
  await vi.advanceTimersByTimeAsync(5000);
  expect(watching.state().vips).toMatchObject([{ holders: ['cp1'] }]);
  const before = countOf('t');
  vi.setSystemTime(Date.now() - hourMs);
  await vi.advanceTimersByTimeAsync(5000);
  expect(countOf('t')).toBeGreaterThan(before + 3);
  expect(watching.state().nodes.map(({ now }) => now.answering)).toEqual([true, true, true]);
  expect(watching.state().vips).toMatchObject([{ holders: ['cp1'] }]);
  expect(Date.now() - watching.state().atMs).toBeLessThan(2000);
  expect(watching.history.before(Infinity, 100).map(({ text }) => text)).toContain(
    "this machine's clock was set back by 60 min: the watch begins again",
  );
});

test('a step forward, as of a machine that slept, makes no node silent', async () => {
  const watching = begun();
  await vi.advanceTimersByTimeAsync(5000);
  vi.setSystemTime(Date.now() + hourMs);
  await vi.advanceTimersByTimeAsync(3000);
  expect(watching.state().nodes.map(({ now }) => now.answering)).toEqual([true, true, true]);
  expect(watching.history.before(Infinity, 100).filter(({ tone }) => tone === 'bad')).toEqual([]);
});

test("a node's clock that was set is asked again at once, so that no change of state is taken for one of the past", async () => {
  const watching = begun();
  await vi.advanceTimersByTimeAsync(10_000);
  const [cp1] = nodes;
  if (!cp1) throw new Error('no node');
  cp1.offsetMs = hourMs;
  const entered = (to: string): void =>
    cp1.say(
      `J:${JSON.stringify({
        __CURSOR: `s=1;i=${Date.now()};b=2;m=3`,
        __REALTIME_TIMESTAMP: String((Date.now() + cp1.offsetMs) * 1000),
        SYSLOG_IDENTIFIER: 'Keepalived_vrrp',
        MESSAGE: `(K8S_API_1) Entering ${to} STATE`,
      })}`,
    );
  const [clocks, dumps] = [countOf('c'), countOf('k')];
  entered('BACKUP');
  expect(countOf('c')).toBe(clocks + 1);
  await vi.advanceTimersByTimeAsync(1500);
  // What was missed keepalived tells itself.
  expect(countOf('k')).toBe(dumps + 1);
  expect(watching.state().nodes[0]?.clock?.offsetMs).toBe(hourMs);
  entered('MASTER');
  expect(watching.state().nodes[0]?.transitions).toBe(1);
});
