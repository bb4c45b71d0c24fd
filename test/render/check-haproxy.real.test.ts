import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { healthPort, paths } from '../../src/node/paths.ts';
import { renderNode } from '../../src/render/render.ts';
import { fakeTimers } from '../fakes/spec.ts';
import { goldenCases } from './cases.ts';

/** What listens on the health port: answers with a status, never, only the second time, or nothing listens. */
type Health = number | 'silent' | 'late' | 'closed';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k8s-ha-check-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function listening(health: Health): Promise<{ server: Server; port: number; asked: string[] }> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    socket.once('data', (data) => {
      asked.push(data.toString());
      if (health === 'silent' || (health === 'late' && asked.length === 1)) return;
      socket.end(
        `HTTP/1.1 ${health === 'late' ? 200 : health} Whatever\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
      );
    });
  });
  server.on('close', () => {
    for (const socket of open) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { server, port: address.port, asked };
}

/**
 * Runs the script with peers that refuse every connection, which counts as an answer of theirs, or with none that answers.
 * @param secondsAWait what the clock goes on at each wait between two asks
 */
async function run(
  health: Health,
  peers: 'answer' | 'silent',
  secondsAWait = 0,
): Promise<{ rc: number; asked: readonly string[] }> {
  const { server, port, asked } = await listening(health);
  const close = async (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  if (health === 'closed') await close();
  const tutorial = goldenCases.find(({ name }) => name === 'tutorial');
  const node = tutorial?.spec.nodes[0];
  if (!tutorial || !node) throw new Error('no case of the tutorial');
  const text = renderNode(tutorial.spec, node, fakeTimers, tutorial.facts).files.find(
    ({ path }) => path === paths.checkScript,
  )?.content;
  const file = join(folder, 'check-haproxy');
  // Loopback refuses; to the broadcast address the kernel connects nobody.
  const address = peers === 'answer' ? '127.0.0.$1' : '255.255.255.255';
  const clock = join(folder, 'uptime');
  await writeFile(clock, '0.08 0.00\n');
  await writeFile(
    file,
    (text ?? '')
      .replaceAll(`:${healthPort}`, `:${port}`)
      .replaceAll(/172\.16\.217\.(\d+)/g, address)
      .replaceAll('/proc/uptime', clock)
      .replaceAll(/sleep [\d.]+/g, `echo ${secondsAWait}.09 0.00 >${clock}`),
    { mode: 0o755 },
  );
  const rc = await new Promise<number>((resolve) => {
    execFile('sh', [file], { timeout: 20_000 }, (error) => resolve(error ? Number(error.code) : 0));
  });
  if (health !== 'closed') {
    server.emit('close');
    await close();
  }
  return { rc, asked };
}

test.each([
  { health: 200, peers: 'silent', rc: 0, what: 'a HAProxy that is alive and sees the majority keeps the VIP' },
  { health: 503, peers: 'answer', rc: 0, what: 'one that misses the majority, whose peers answer the script' },
  { health: 503, peers: 'silent', rc: 1, what: 'one that misses the majority, and whose peers do not answer' },
  { health: 500, peers: 'answer', rc: 1, what: 'one that answers something else' },
  { health: 'silent', peers: 'answer', rc: 1, what: 'one that hangs' },
  { health: 'closed', peers: 'answer', rc: 1, what: 'one that is gone' },
] as const)('the check script ends with $rc: $what', async ({ health, peers, rc }) => {
  expect(await run(health, peers)).toMatchObject({ rc });
});

test('one slow answer moves nothing: it is asked again, and asks for what HAProxy answers', async () => {
  const { rc, asked } = await run('late', 'silent');
  expect(rc).toBe(0);
  expect(asked.length).toBeGreaterThan(1);
  expect(new Set(asked)).toEqual(new Set(['GET /livez HTTP/1.0\r\n\r\n']));
});

test('a run asks several times, and leaves the rest to the next one where it is late: that would be taken for a failure', async () => {
  const inTime = await run(200, 'silent');
  expect(inTime).toMatchObject({ rc: 0 });
  expect(inTime.asked).toHaveLength(4);
  const late = await run(200, 'silent', 2);
  expect(late).toMatchObject({ rc: 0 });
  expect(late.asked).toHaveLength(2);
});
