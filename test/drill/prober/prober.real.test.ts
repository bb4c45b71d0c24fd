import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { createServer, type Server } from 'node:https';
import type { RequestListener } from 'node:http';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { outage } from '../../../src/drill/measure/outage.ts';
import { monotonicMs, type ProbeConfig } from '../../../src/drill/measure/probe.ts';
import { startProber, type Prober } from '../../../src/drill/prober/start.ts';
import { certificate } from './certificate.ts';
import { proberContract } from './contract.ts';

const run = promisify(execFile);

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

let folder = '';

/** Needs `npm run build`. */
const program = new URL('../../../dist/drill/prober/main.js', import.meta.url).pathname;
let key = '';
let cert = '';
const servers: (Server | TcpServer)[] = [];
const sockets = new Set<Socket>();
const started: Prober[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prober-'));
  ({ key, cert } = await certificate(folder));
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((prober) => prober.stop()));
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function listen(server: Server | TcpServer): Promise<number> {
  servers.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Whether this process may run others so: they say nothing then. */
async function permitted(argv: readonly string[]): Promise<boolean> {
  return run('sh', ['-c', '"$@" 2>&1', 'sh', ...argv, 'true']).then(
    ({ stdout }) => stdout === '',
    () => false,
  );
}

const answer: RequestListener = (_, response) => void response.end('ok');

function https(listener: RequestListener): Promise<number> {
  return listen(createServer({ key, cert }, listener));
}

function configOf(port: number, more: Partial<ProbeConfig> = {}): ProbeConfig {
  return {
    host: '127.0.0.1',
    port,
    caPem: cert,
    path: '/readyz',
    ratePerSecond: 50,
    timeoutMs: 600,
    ...more,
  };
}

async function start(config: ProbeConfig): Promise<Prober> {
  const prober = await startProber(config, { program });
  started.push(prober);
  return prober;
}

async function probeFor(ms: number, config: ProbeConfig) {
  const prober = await start(config);
  await sleep(ms);
  return prober.stop();
}

proberContract('the process', async () => ({
  config: configOf(await https(answer)),
  start: async (config, signal) => {
    const prober = await startProber(config, { program, ...(signal && { signal }) });
    started.push(prober);
    return prober;
  },
  pass: sleep,
}));

describe('the prober', () => {
  test('makes a new, fully verified connection for every probe and says who answered', async () => {
    let connections = 0;
    let resumed = 0;
    const port = await https((request, response) => {
      connections += 1;
      if (
        'isSessionReused' in request.socket &&
        typeof request.socket.isSessionReused === 'function' &&
        request.socket.isSessionReused()
      )
        resumed += 1;
      response.setHeader('x-served-by', 'cp2');
      response.end('ok');
    });
    const before = monotonicMs();
    const { samples, summary, failure } = await probeFor(600, configOf(port));
    expect(failure).toBeUndefined();
    expect(samples.length).toBeGreaterThan(15);
    expect(new Set(samples.map(({ outcome }) => outcome))).toEqual(new Set(['ok']));
    expect(samples[0]).toMatchObject({ status: 200, node: 'cp2' });
    expect(connections).toBe(samples.length);
    expect(resumed).toBe(0);
    expect(summary?.sent).toBe(samples.length);
    for (const { sentMs, tlsMs = 0, doneMs } of samples) {
      expect(sentMs).toBeGreaterThan(before);
      expect(tlsMs).toBeGreaterThan(sentMs);
      expect(doneMs).toBeGreaterThanOrEqual(tlsMs);
    }
  });

  test('keeps its schedule while the server hangs, and calls the probes timed out', async () => {
    const port = await listen(createTcpServer(() => undefined));
    const { samples, summary } = await probeFor(700, configOf(port));
    expect(new Set(samples.map(({ outcome }) => outcome))).toEqual(new Set(['timeout']));
    const indexes = samples.map(({ index }) => index).toSorted((a, b) => a - b);
    expect(indexes).toEqual(Array.from({ length: samples.length }, (_, i) => i));
    expect(samples.length).toBeGreaterThan(20);
    expect(summary?.sent).toBe(samples.length);
  });

  test('calls a closed port refused, and a port that closes at once reset', async () => {
    const closed = createTcpServer();
    const port = await listen(closed);
    await new Promise((resolve) => closed.close(resolve));
    servers.splice(0);
    const refused = await probeFor(200, configOf(port));
    expect(refused.samples[0]?.outcome).toBe('refused');
    const resetting = await listen(createTcpServer((socket) => socket.resetAndDestroy()));
    const reset = await probeFor(200, configOf(resetting));
    expect(reset.samples[0]?.outcome).toBe('reset');
  });

  test('sees a slow server as slow, and one that is not ready as failed', async () => {
    let state: 'slow' | 'unready' = 'slow';
    const port = await https((_, response) => {
      if (state === 'slow') setTimeout(() => response.end('ok'), 350);
      else response.writeHead(500).end();
    });
    const slow = await probeFor(300, configOf(port));
    expect(outage(slow.samples, { ratePerSecond: 50 })).toMatchObject({ failed: 0, slow: slow.samples.length });
    state = 'unready';
    const unready = await probeFor(200, configOf(port));
    expect(unready.samples[0]).toMatchObject({ outcome: 'http-5xx', status: 500 });
  });

  test('reads on the same connection what etcd has to agree to, by the first path that is answered', async () => {
    let state: 'well' | 'etcd' | 'silent' = 'well';
    const sockets = new Set<unknown>();
    const port = await https((request, response) => {
      if (request.url === '/version') {
        sockets.add(request.socket);
        response.end('{}');
      } else if (request.url !== '/readyz') response.writeHead(404).end();
      else if (!sockets.has(request.socket)) response.writeHead(400).end();
      else if (state === 'well') response.end('ok');
      else if (state === 'etcd') response.writeHead(500).end('[+]ping ok\n[-]etcd failed: reason withheld\n');
    });
    const prober = await start(configOf(port, { path: '/version', reads: ['/nothing', '/readyz'] }));
    await sleep(200);
    state = 'etcd';
    await sleep(200);
    state = 'silent';
    await sleep(200);
    const { samples, summary } = await prober.stop();
    expect(summary?.read).toBe('/readyz');
    expect(new Set(samples.map(({ outcome }) => outcome))).toEqual(new Set(['ok']));
    expect(samples[0]?.read?.doneMs).toBeGreaterThan(samples[0]?.doneMs ?? Infinity);
    const reads = samples.flatMap(({ read }) => (read ? [`${read.outcome}${read.etcd === true ? ' etcd' : ''}`] : []));
    expect(new Set(reads)).toEqual(new Set(['ok', 'http-5xx etcd', 'timeout']));
    expect(samples.every(({ tcpMs = 0, tlsMs = 0, sentMs }) => sentMs < tcpMs && tcpMs < tlsMs)).toBe(true);
  });

  test('makes no read where no path is answered', async () => {
    const port = await https(
      (request, response) => void response.writeHead(request.url === '/version' ? 200 : 403).end(),
    );
    const { samples, summary } = await probeFor(200, configOf(port, { path: '/version', reads: ['/readyz'] }));
    expect(summary?.read).toBeUndefined();
    expect(samples.length).toBeGreaterThan(3);
    expect(samples.every(({ read }) => read === undefined)).toBe(true);
  });

  test('measures a gap in which the server is not there', async () => {
    const first = createServer({ key, cert }, answer);
    const port = await listen(first);
    const prober = await start(configOf(port, { ratePerSecond: 100 }));
    await sleep(300);
    const goneMs = monotonicMs();
    first.closeAllConnections();
    await new Promise((resolve) => first.close(resolve));
    servers.splice(0);
    await sleep(300);
    const second = createServer({ key, cert }, answer);
    servers.push(second);
    await new Promise<void>((resolve) => second.listen(port, '127.0.0.1', resolve));
    const backMs = monotonicMs();
    await sleep(300);
    const { samples } = await prober.stop();
    const { outageMs, windows, resolutionMs } = outage(samples, { ratePerSecond: 100 });
    expect(windows.length).toBeGreaterThan(0);
    // As exact as the probes were: on a machine that is busy they are late, and say so.
    expect(Math.abs(outageMs - (backMs - goneMs))).toBeLessThan(100 + resolutionMs);
  });

  test('trusts only the given CA and name', async () => {
    const port = await https(answer);
    const named = await probeFor(150, configOf(port, { servername: 'kubernetes' }));
    expect(named.samples[0]?.outcome).toBe('ok');
    const other = await probeFor(150, configOf(port, { servername: 'elsewhere' }));
    expect(other.samples[0]?.outcome).toBe('tls');
  });

  test('ends by itself after its duration', async () => {
    const port = await https(answer);
    const prober = await start(configOf(port, { durationMs: 200 }));
    await sleep(500);
    const { summary } = await prober.stop();
    expect(summary?.elapsedMs).toBeLessThan(450);
  });

  test('says why it cannot start', async () => {
    await expect(start(configOf(1, { ratePerSecond: 1000 }))).rejects.toThrow('could not start: ratePerSecond: ');
    await expect(startProber(configOf(1), { program, wrap: ['/no/such/program'] })).rejects.toThrow('could not start');
  });

  test('is killed by an abort, and the samples so far are kept', async () => {
    const port = await https(answer);
    const abort = new AbortController();
    const prober = await startProber(configOf(port), { program, signal: abort.signal });
    await sleep(400);
    abort.abort();
    const { samples, failure } = await prober.stop();
    expect(failure).toContain('SIGKILL');
    expect(samples.length).toBeGreaterThan(0);
  });

  test('goes ahead of the rest of the machine where that is permitted: real time, or else a nice value', async () => {
    const port = await https(answer);
    const pidFile = join(folder, 'pid');
    const prober = await startProber(configOf(port), {
      program,
      wrap: ['sh', '-c', `echo $$ >'${pidFile}'; exec "$@"`, 'sh'],
    });
    started.push(prober);
    const { PRIORITY_HIGH } = constants.priority;
    const pid = (await readFile(pidFile, 'utf8')).trim();
    const show = async (...which: readonly string[]): Promise<readonly string[]> =>
      (await run('ps', [...which, '-p', pid])).stdout
        .trim()
        .split('\n')
        .map((line) => line.trim().split(/ +/).join(' '));
    const realTime = await permitted(['chrt', '--rr', '1']);
    const nice = (await permitted(['nice', '-n', String(PRIORITY_HIGH)])) ? PRIORITY_HIGH : 0;
    expect(await show('-o', 'class=,rtprio=,ni=')).toEqual([realTime ? 'RR 1 -' : `TS - ${nice}`]);
    expect(new Set(await show('-L', '-o', 'class='))).toEqual(new Set([realTime ? 'RR' : 'TS']));
  });

  test('ends when the process that started it is gone', async () => {
    const child = spawn(process.execPath, [program], { stdio: ['pipe', 'ignore', 'ignore'] });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.write(`${JSON.stringify(configOf(1))}\n`);
    await sleep(200);
    child.stdin.destroy();
    expect(await ended).toBe(0);
  });
});
