import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fakeSpec } from '../fakes/spec.ts';
import { freePort } from './support/api-server.ts';
import { placeHaproxy, untilItAnswers } from './support/haproxy.ts';

const maxConnections = 100;

/** A real HAProxy with a rendered configuration, on free ports of loopback. */
describe('a real HAProxy that clients fill', () => {
  let folder: string;
  let haproxy: ChildProcess;
  let [apiPort, healthPort] = [0, 0];
  let sockets: Socket[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8s-ha-full-'));
    [apiPort, healthPort] = [await freePort(), await freePort()];
    const spec = fakeSpec({
      endpoint: { ...fakeSpec().endpoint, port: apiPort },
      haproxy: { extra: '', maxConnections },
      failover: { ...fakeSpec().failover, fencing: false },
    });
    const [node] = spec.nodes;
    const file = placeHaproxy(folder, spec, node, healthPort);
    haproxy = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
    await untilItAnswers(async () => (await livez()) === 200);
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    haproxy.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  async function livez(): Promise<number> {
    return fetch(`http://127.0.0.1:${healthPort}/livez`, { signal: AbortSignal.timeout(1000) }).then(
      ({ status }) => status,
      () => 0,
    );
  }

  async function idle(count: number, from: string): Promise<Socket[]> {
    return Promise.all(
      Array.from(
        { length: count },
        async () =>
          new Promise<Socket>((resolve) => {
            const socket = connect({ port: apiPort, host: '127.0.0.1', localAddress: from });
            socket.on('error', () => undefined);
            socket.resume();
            socket.once('connect', () => resolve(socket));
            socket.once('close', () => resolve(socket));
          }),
      ),
    );
  }

  test('says at once that it is alive, so that no VIP moves, and is free again after the idle ones were closed', async () => {
    // Three sources, so that none is over its share: 20 % more than the frontend takes.
    sockets = (await Promise.all([40, 40, 40].map(async (count, i) => idle(count, `127.0.0.${i + 2}`)))).flat();
    for (let asked = 0; asked < 10; asked += 1) expect(await livez()).toBe(200);
    await sleep(6500);
    const open = sockets.filter((socket) => !socket.destroyed && !socket.readableEnded).length;
    // Those that waited in the queue have their own five seconds.
    expect(open).toBeLessThanOrEqual(20);
    expect(await livez()).toBe(200);
  });

  test('gives one source no more than its share', async () => {
    const mine = await idle(80, '127.0.0.9');
    await sleep(500);
    const open = mine.filter((socket) => !socket.destroyed && !socket.readableEnded).length;
    for (const socket of mine) socket.destroy();
    expect(open).toBe(maxConnections / 2);
  });
});
