import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startExporter, type Exporter } from '../../src/ui/metrics/exporter.ts';

const requests = [
  'GET // HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET //metrics HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET http://[::1 HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /metrics?%ff%00 HTTP/1.1\r\nHost: \u0001\r\n\r\n',
  'GET * HTTP/1.1\r\nHost: x\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n',
  'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
  'POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n',
  'POST /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'GET /metrics HTTP/9.9\r\n\r\n',
  '\u0000\u0016\u0003\u0001',
  `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
];

describe('the exporter', () => {
  let exporter: Exporter;
  beforeEach(async () => {
    exporter = await startExporter(async () => ({ type: 'text/plain', text: 'k8s_ha 1\n' }), {
      host: '127.0.0.1',
      port: 0,
    });
  });
  afterEach(async () => exporter.close());

  test.each(requests)('survives %j, and goes on answering', async (request) => {
    const before = uncaught.length;
    await say(Number(new URL(exporter.url).port), request);
    expect(await (await fetch(exporter.url)).text()).toBe('k8s_ha 1\n');
    expect(uncaught.slice(before)).toEqual([]);
  });

  test('tells that metrics cannot be made, and goes on', async () => {
    const broken = await startExporter(() => Promise.reject(new Error('no')), { host: '127.0.0.1', port: 0 });
    expect((await fetch(broken.url)).status).toBe(500);
    expect((await fetch(broken.url)).status).toBe(500);
    await broken.close();
  });
});

const uncaught: unknown[] = [];
process.on('uncaughtExceptionMonitor', (error) => uncaught.push(error));

/** Sends bytes, reads whatever comes, and leaves. */
async function say(port: number, text: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(text));
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
    socket.resume();
  });
}
