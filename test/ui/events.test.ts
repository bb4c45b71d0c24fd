import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { inOrder } from '../../src/ui/events/follow.ts';
import { createNotifier, isNews } from '../../src/ui/events/notify.ts';
import { eventsOfNode } from '../../src/ui/events/read.ts';
import { clocksText, eventText } from '../../src/ui/events/text.ts';
import type { WatchEvent } from '../../src/observe/live/model.ts';
import { atMs, spec } from './cluster.ts';

function event(overrides: Partial<WatchEvent> = {}): WatchEvent {
  return {
    id: 'x',
    atMs: atMs(1),
    errorMs: 0,
    source: 'observed',
    kind: 'vip',
    tone: 'good',
    text: '172.16.100.100 moved cp1 → cp2',
    ...overrides,
  };
}

function line(atUs: number, MESSAGE: string): string {
  return JSON.stringify({
    __CURSOR: `s=1;i=${atUs};b=2;m=3`,
    __REALTIME_TIMESTAMP: String(atUs),
    MESSAGE,
    SYSLOG_IDENTIFIER: 'Keepalived_vrrp',
  });
}

describe('the journals of several nodes', () => {
  it('are placed by the measured offset of each clock', () => {
    // The node is 5 s ahead; its two readings bound the offset to 5000 ± 20 ms.
    const output = ['1005030000000', line(1_005_000_000, '(K8S_API_1) Entering MASTER STATE'), '1005050000000'].join(
      '\n',
    );
    const { events, clock } = eventsOfNode(spec, 'cp1', output, { sentMs: 1_000_010, receivedMs: 1_000_070 });
    expect(clock).toEqual({ node: 'cp1', clock: { offsetMs: 5000, errorMs: 20 } });
    expect(events).toMatchObject([{ atMs: 1_000_000, errorMs: 20, text: 'K8S_API_1 enters MASTER (172.16.100.100)' }]);
    expect(clocksText([clock, { node: 'cp2', reason: 'no route' }])).toBe(
      'cp1 +5000.0 ms ± 20.0 ms, cp2 unknown: no route',
    );
  });

  it('say so when the node tells no time', () => {
    expect(eventsOfNode(spec, 'cp1', 'motd', { sentMs: 1, receivedMs: 2 }).clock).toMatchObject({
      reason: 'the node did not tell its time: motd',
    });
  });

  it('are followed in the order of their times, though they arrive late', () => {
    const shown: string[] = [];
    const order = inOrder((events) => shown.push(...events.map(({ text }) => text)));
    order.take([{ ...event({ atMs: 1000, text: 'b' }), number: 1 }], 1010);
    order.take([{ ...event({ atMs: 990, text: 'a' }), number: 2 }], 1400);
    expect(shown).toEqual([]);
    order.flush(1900);
    expect(shown).toEqual(['a', 'b']);
  });

  it("are told at once, in order, when this machine's clock is set back: their time would come much later", () => {
    const shown: string[] = [];
    const order = inOrder((events) => shown.push(...events.map(({ text }) => text)));
    order.take([{ ...event({ atMs: 3_600_000, text: 'b' }), number: 1 }], 3_600_010);
    order.take([{ ...event({ atMs: 3_599_990, text: 'a' }), number: 2 }], 3_600_400);
    order.flush(400);
    expect(shown).toEqual(['a', 'b']);
    order.take([{ ...event({ atMs: 450, text: 'c' }), number: 3 }], 500);
    expect(shown).toEqual(['a', 'b']);
    order.flush(1300);
    expect(shown).toEqual(['a', 'b', 'c']);
  });

  it('cannot write control characters to a terminal', () => {
    expect(eventText(event({ text: 'a\u001B[2Jb\u009Bc' }))).toContain('a [2Jb c');
    expect(eventText(event({ errorMs: 3.2, node: 'cp1' }))).toMatch(/ ±4ms {4}cp1 {6}observed/);
  });
});

describe('notifications', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());
  const receiver = async (answers: number[]): Promise<{ url: string; got: unknown[] }> => {
    const got: unknown[] = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        got.push(JSON.parse(body));
        response.writeHead(answers.shift() ?? 200).end();
      });
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return { url: `http://127.0.0.1:${address.port}/hook`, got };
  };

  it('are posted in order, once each, and tell only what was observed', async () => {
    const { url, got } = await receiver([]);
    const problems: string[] = [];
    const notifier = createNotifier({ webhook: url, onProblem: (text) => problems.push(text) });
    notifier.notify('prod', [
      event(),
      event({ source: 'keepalived', kind: 'vrrp' }),
      event({ kind: 'node', tone: 'bad', node: 'cp1', text: 'cp1 does not answer' }),
    ]);
    await notifier.idle();
    expect(got).toEqual([
      {
        cluster: 'prod',
        at: '2026-01-01T00:00:01.000Z',
        tone: 'good',
        kind: 'vip',
        node: null,
        text: '172.16.100.100 moved cp1 → cp2',
      },
      {
        cluster: 'prod',
        at: '2026-01-01T00:00:01.000Z',
        tone: 'bad',
        kind: 'node',
        node: 'cp1',
        text: 'cp1 does not answer',
      },
    ]);
    expect(problems).toEqual([]);
  });

  it('are tried again when the receiver fails, and given up with a word', async () => {
    const { url, got } = await receiver([503, 200, 503, 503, 503, 410]);
    const problems: string[] = [];
    const notifier = createNotifier({ webhook: url, onProblem: (text) => problems.push(text), retryMs: [1, 1] });
    notifier.notify('prod', [event(), event(), event()]);
    await notifier.idle();
    expect(got).toHaveLength(6);
    expect(problems).toEqual(['the webhook answered 503', 'the webhook answered 410']);
  });

  it('run a command with the message on its standard input', async () => {
    const problems: string[] = [];
    const notifier = createNotifier({
      command: 'grep -q "moved cp1 → cp2" || exit 3',
      onProblem: (text) => problems.push(text),
    });
    notifier.notify('prod', [event(), event({ text: 'else' })]);
    await notifier.idle();
    expect(problems).toEqual(['the notification command ended with 3: ']);
  });

  it('do not tell every line of a log', () => {
    expect(isNews(event({ kind: 'log' }))).toBe(false);
    expect(isNews(event({ source: 'haproxy', kind: 'server' }))).toBe(false);
    expect(isNews(event({ kind: 'gate', tone: 'bad' }))).toBe(true);
  });
});
