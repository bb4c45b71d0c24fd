import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { auditRegister, type RegisterOp } from '../../../src/drill/measure/register.ts';
import { startProber } from '../../../src/drill/prober/start.ts';
import { certificate } from './certificate.ts';

/** Needs `npm run build`. */
const program = new URL('../../../dist/drill/prober/main.js', import.meta.url).pathname;
let folder = '';
let pem = { key: '', cert: '' };
const servers: Server[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'register-'));
  pem = await certificate(folder);
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface ObjectServer {
  readonly answer: RequestListener;
  /** What the object is now; undefined where there is none. */
  readonly stored: () => string | undefined;
}

/** One object, as an API server keeps it, and an empty list of others. @param forgets whether a write is acknowledged and not made */
function objectServer(forgets: (body: string) => boolean): ObjectServer {
  let stored: string | undefined;
  return {
    stored: () => stored,
    answer: (request, response) => {
      const { method, url = '' } = request;
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        if (!`${url}${body}`.includes('x-register')) {
          response.end('{"items":[]}');
          return;
        }
        if (method === 'DELETE') stored = undefined;
        else if (method !== 'GET' && !forgets(body)) stored = body;
        response.writeHead(stored === undefined ? 404 : method === 'POST' ? 201 : 200).end(stored);
      });
    },
  };
}

async function work(answer: RequestListener, register: boolean): Promise<readonly RegisterOp[]> {
  const server = createServer(pem, answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const config = {
    host: '127.0.0.1',
    port: address.port,
    caPem: pem.cert,
    path: '/',
    ratePerSecond: 1,
    timeoutMs: 600,
  };
  const writes = { ratePerSecond: 1, namespace: 'default', prefix: 'x', register };
  const prober = await startProber({ ...config, writes }, { program });
  await sleep(1500);
  return (await prober.stop()).register;
}

function acknowledged(operations: readonly RegisterOp[], what: RegisterOp['what']): number {
  return operations.filter((one) => one.what === what && one.acknowledged).length;
}

function forgetsAllButTheFirst(body: string): boolean {
  return !body.includes('"value":"first"');
}

test('several clients write and read one object, as one copy answers, and it is deleted at the end', async () => {
  const { answer, stored } = objectServer(() => false);
  const register = await work(answer, true);
  const [writes, reads] = [acknowledged(register, 'write'), acknowledged(register, 'read')];
  expect(Math.min(writes, reads)).toBeGreaterThan(10);
  expect(auditRegister(register)).toEqual({ operations: writes + reads, violation: undefined });
  expect(stored()).toBeUndefined();
});

test('acknowledged writes that were not made are seen', async () => {
  const register = await work(objectServer(forgetsAllButTheFirst).answer, true);
  expect(auditRegister(register).violation).toMatch(/was current/);
});

test('nobody works on an object unless asked to', async () => {
  expect(await work(objectServer(() => false).answer, false)).toEqual([]);
});
