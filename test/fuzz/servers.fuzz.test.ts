import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startExporter, type Exporter } from '../../src/ui/metrics/exporter.ts';
import { startUi, type Ui } from '../../src/ui/web/ui.ts';
import { fakeSpec } from '../fakes/spec.ts';
import { healthyWatch } from '../ui/web/states.ts';
import { mutated, randomOf } from './mutate.ts';

/** A connection costs a thousand times what a text does. */
const runs = Math.ceil(Number(process.env['K8S_HA_FUZZ_RUNS'] ?? 100_000) / 50);
const seed = Number(process.env['K8S_HA_FUZZ_SEED'] ?? 1);
const token = 'a-token-of-this-test';
const atOnce = 16;
const longestAnswer = 1024 * 1024;

/** A page that listens is never told that it is over. */
const patienceMs = 300;

const headers = (port: number): string =>
  `Host: 127.0.0.1:${port}\r\nOrigin: http://127.0.0.1:${port}\r\nConnection: close\r\n`;

const requests = (port: number): readonly string[] => [
  `GET /metrics HTTP/1.1\r\n${headers(port)}\r\n`,
  ...['', 'events?before=1&limit=5', 'samples?place=0', 'reports', 'reports/a', 'metrics', 'stream'].map(
    (path) => `GET /${token}/${path} HTTP/1.1\r\n${headers(port)}\r\n`,
  ),
  `POST /${token}/drill HTTP/1.1\r\n${headers(port)}Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"place":0,"fault":"haproxy-killed","confirm":"x"}\n`,
  `POST /${token}/drill HTTP/1.1\r\n${headers(port)}Transfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n0\r\n\r\n`,
];

/** Sends bytes as they are, and reads what comes until it ends. */
async function say(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.end(text, 'latin1'));
    const timer = setTimeout(() => socket.destroy(), patienceMs);
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => {
      answer += part;
      if (answer.length > longestAnswer) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

describe(`${runs} requests from seed ${seed}, as bytes over real sockets`, () => {
  let exporter: Exporter;
  let ui: Ui;
  const uncaught: unknown[] = [];
  const catchIt = (error: unknown): void => void uncaught.push(error);

  beforeAll(async () => {
    process.on('uncaughtExceptionMonitor', catchIt);
    exporter = await startExporter(async () => ({ type: 'text/plain', text: 'k8s_ha 1\n' }), {
      host: '127.0.0.1',
      port: 0,
    });
    const { watch } = healthyWatch(fakeSpec(), 1_800_000_000_000);
    ui = await startUi({ version: '1', watches: [watch], port: 0, token });
  });
  afterAll(async () => {
    process.off('uncaughtExceptionMonitor', catchIt);
    await exporter?.close();
    await ui?.close();
  });

  it.each(['exporter', 'ui'] as const)(
    'the %s survives all, and goes on answering',
    { timeout: 3_600_000 },
    async (which) => {
      const url = new URL(which === 'ui' ? ui.url : exporter.url);
      const port = Number(url.port);
      let cases = 0;
      const work = async (worker: number): Promise<void> => {
        for (let number = worker; number < runs; number += atOnce) {
          const text = mutated(requests(port), randomOf(seed * 1_000_003 + number));
          const answer = await say(port, text);
          const head = answer.split('\r\n\r\n', 1)[0] ?? '';
          const where = `case ${number} of seed ${seed}: ${JSON.stringify(text).slice(0, 2000)}`;
          expect(answer === '' || answer.startsWith('HTTP/1.1 '), `${where}\n${answer.slice(0, 200)}`).toBe(true);
          // oxlint-disable-next-line no-control-regex -- they are what is looked for
          expect(head, where).not.toMatch(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/);
          expect(answer.length, where).toBeLessThanOrEqual(longestAnswer);
          cases += 1;
        }
      };
      await Promise.all(Array.from({ length: atOnce }, async (_, worker) => work(worker)));
      expect(cases).toBe(runs);
      expect((await fetch(url)).status).toBe(200);
      expect(uncaught).toEqual([]);
    },
  );
});
