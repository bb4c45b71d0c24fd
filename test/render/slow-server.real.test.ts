import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { connect as dial, createServer as listen, type Server as Listener, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { haproxyNames } from '../../src/node/haproxy.ts';
import { csvRows } from '../../src/observe/once/csv.ts';
import { fakeSpec } from '../fakes/spec.ts';
import { freePort } from './support/api-server.ts';
import { placeHaproxy, untilItAnswers } from './support/haproxy.ts';

const patient = { timeout: 30_000, interval: 50 };

function passOn(socket: Socket, innerPort: number): void {
  const inner = dial(innerPort, '127.0.0.1');
  for (const [from, to] of [
    [socket, inner],
    [inner, socket],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }
}

/** A real HAProxy with a rendered configuration, and an API server that can be told to take no TLS for a while. Needs openssl, socat. */
describe('an API server that takes no TLS', { timeout: 60_000 }, () => {
  let folder: string;
  let haproxy: ChildProcess;
  let server: Server;
  let front: Listener;
  let held: (() => void)[] | undefined;
  let client: TLSSocket;
  let port = 0;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'k8s-ha-slow-'));
    const names = ['-keyout', 'server.key', '-out', 'server.crt', '-days', '2', '-subj', '/CN=kubernetes'];
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...names];
    execFileSync('openssl', made, { cwd: folder, stdio: 'ignore' });
    const [apiPort, innerPort, healthPort] = [await freePort(), await freePort(), await freePort()];
    port = await freePort();
    held = undefined;
    const pair = { key: readFileSync(join(folder, 'server.key')), cert: readFileSync(join(folder, 'server.crt')) };
    server = createServer(pair, (_, answer) => void answer.end('answered'));
    server.keepAliveTimeout = 0;
    await new Promise<void>((resolve) => void server.listen(innerPort, '127.0.0.1', resolve));
    front = listen((socket) => {
      socket.on('error', () => undefined);
      const pass = (): void => passOn(socket, innerPort);
      if (held) held.push(pass);
      else pass();
    });
    await new Promise<void>((resolve) => void front.listen(apiPort, '127.0.0.1', resolve));
    const spec = fakeSpec({
      endpoint: { ...fakeSpec().endpoint, port },
      failover: { ...fakeSpec().failover, fencing: false },
    });
    const [node] = spec.nodes;
    const file = placeHaproxy(folder, spec, node, healthPort, (text) =>
      text.replaceAll(`${node?.address}:6443`, `127.0.0.1:${apiPort}`),
    );
    haproxy = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
    await untilItAnswers(async () => statusIn(haproxyNames.ready).startsWith('UP'));
    client = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    await new Promise<void>((resolve) => void client.once('secureConnect', resolve));
    client.on('error', () => undefined);
  });
  afterEach(() => {
    client.destroy();
    haproxy.kill('SIGKILL');
    release();
    front.close();
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function release(): void {
    const waiting = held ?? [];
    held = undefined;
    for (const pass of waiting) pass();
  }

  /** `UP`, `DOWN`, `NOLB` and alike. */
  function statusIn(backend: string): string {
    const ask = 'echo show stat | socat -t2 - "UNIX-CONNECT:$0"';
    const { stdout } = spawnSync('sh', ['-c', ask, join(folder, 'haproxy.sock')], { encoding: 'utf8' });
    const row = csvRows(stdout.trim().split('\n'))?.find(
      (cell) => cell('pxname') === backend && cell('svname') === 'cp1',
    );
    return row?.('status') ?? '';
  }

  /** What comes back on the connection that is kept. */
  async function asked(): Promise<string> {
    client.write('GET /version HTTP/1.1\r\nHost: kubernetes\r\n\r\n');
    return Promise.race([
      new Promise<string>((resolve) => void client.once('data', (chunk: Buffer) => resolve(chunk.toString()))),
      sleep(5000).then(() => 'nothing'),
    ]);
  }

  test('and is found out gets no new connections, and keeps those that it has', async () => {
    held = [];
    await expect.poll(() => statusIn(haproxyNames.ready), patient).toBe('NOLB');
    expect(statusIn(haproxyNames.checked)).toMatch(/^DOWN/);
    expect(client.destroyed).toBe(false);
    expect(await asked()).toContain('200 OK');
    release();
    await expect.poll(() => statusIn(haproxyNames.ready), patient).toMatch(/^UP/);
    expect(await asked()).toContain('200 OK');
  });

  test('for seconds loses its connections, and is asked again when it answers', async () => {
    held = [];
    await expect.poll(() => client.destroyed || client.readableEnded, patient).toBe(true);
    expect(statusIn(haproxyNames.alive)).toMatch(/^DOWN/);
    release();
    await expect.poll(() => statusIn(haproxyNames.ready), patient).toMatch(/^UP/);
  });

  test('is nothing that a HAProxy which hardly gets a processor makes up', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      haproxy.kill('SIGSTOP');
      await sleep(150);
      haproxy.kill('SIGCONT');
      await sleep(5);
    }
    expect(client.destroyed || client.readableEnded).toBe(false);
    expect(await asked()).toContain('200 OK');
    await expect.poll(() => statusIn(haproxyNames.ready), patient).toMatch(/^UP/);
  });
});
