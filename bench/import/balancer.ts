import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import type { ServerFault } from '../../src/adopt/haproxy/check.ts';
import { addNamespace, pause, run, startIn, takeAway, type Namespaces } from './namespace.ts';

export interface BalancerCase {
  /** haproxy.cfg; its servers are 10.99.1.11 and 10.99.1.12 on port 6443. */
  readonly config: string;
  readonly fault: ServerFault | 'none';
  readonly waitMs: number;
  readonly phaseMs?: number;
}

export interface BalancerResult {
  /** From the fault until HAProxy has the first server down; undefined when it never had. */
  readonly downMs: number | undefined;
  /** Servers that are up at the end. */
  readonly up: readonly string[];
  /** What a client gets through the frontend on 127.0.0.1:7443: the answer, or nothing. */
  readonly answer: string;
  /** HAProxy ended by itself. */
  readonly refused: boolean;
  /** Both servers were up before the fault. */
  readonly started: boolean;
}

/** A real HAProxy with two API servers in a namespace: breaks the first one and waits until HAProxy has it down. */
export async function measureBalancer({ config, fault, waitMs, phaseMs = 0 }: BalancerCase): Promise<BalancerResult> {
  const all: Namespaces = { names: [], processes: [] };
  const folder = mkdtempSync(join(tmpdir(), 'claims-'));
  try {
    const space = addNamespace(all, 'lb');
    for (const last of [11, 12]) run('ip', '-n', space, 'addr', 'add', `10.99.1.${last}/32`, 'dev', 'lo');
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    run(
      'openssl',
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=kubernetes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      cert,
    );
    const servers = [11, 12].map((last) =>
      startIn(all, space, [
        process.execPath,
        join(import.meta.dirname, 'api-server.mjs'),
        `10.99.1.${last}`,
        '6443',
        cert,
        key,
      ]),
    );
    await Promise.all(servers.map(async (server) => said(server, 'listening')));
    const socket = join(folder, 'stats');
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(file, `global\n    stats socket ${socket} mode 600\n${config}\n`);
    const haproxy = startIn(all, space, ['haproxy', '-db', '-f', file]);
    let refused = false;
    haproxy.once('exit', () => {
      refused = true;
    });
    await pause(3000 + phaseMs);
    if (refused) return { downMs: undefined, up: [], answer: '', refused, started: false };
    const [first] = servers;
    const started = (await upServers(socket)).length === 2;
    const start = performance.now();
    if (fault === 'dead')
      run(
        'ip',
        'netns',
        'exec',
        space,
        'nft',
        'add table ip t; add chain ip t i { type filter hook input priority 0; }; add rule ip t i ip daddr 10.99.1.11 tcp dport 6443 drop',
      );
    else if (fault === 'hung') first?.kill('SIGSTOP');
    else if (fault !== 'none') first?.stdin?.write(fault);
    let downMs: number | undefined;
    while (downMs === undefined && performance.now() - start < waitMs) {
      if (!(await upServers(socket)).includes('cp1')) downMs = performance.now() - start;
      else await pause(20);
    }
    const up = await upServers(socket);
    const answer = fault === 'none' ? ask(space) : '';
    if (fault === 'hung') first?.kill('SIGCONT');
    return { downMs, up, answer, refused, started };
  } finally {
    await takeAway(all);
    rmSync(folder, { recursive: true, force: true });
  }
}

function ask(space: string): string {
  try {
    return run(
      'ip',
      'netns',
      'exec',
      space,
      'curl',
      '-sk',
      '--max-time',
      '2',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      'https://127.0.0.1:7443/readyz',
    );
  } catch {
    return '';
  }
}

async function said(child: ChildProcess, text: string): Promise<void> {
  await new Promise<void>((done) => {
    child.stdout?.on('data', (data: Buffer) => {
      if (data.toString().includes(text)) done();
    });
  });
}

/** Names of the servers that HAProxy sends clients to, as its stats socket has them. */
async function upServers(socket: string): Promise<string[]> {
  const text = await new Promise<string>((done) => {
    const chunks: Buffer[] = [];
    const stream = connect(socket);
    stream.on('error', () => done(''));
    stream.on('data', (data: Buffer) => chunks.push(data));
    stream.on('end', () => done(Buffer.concat(chunks).toString()));
    stream.write('show servers state\n');
  });
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([, , , name, , state]) => (name?.startsWith('cp') === true && state === '2' ? [name] : []));
}
