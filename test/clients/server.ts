import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { certificate } from '../drill/prober/certificate.ts';
import { memoryEtcd } from './etcd.ts';

/** Needs `npm run build`. */
const program = new URL('../../dist/lab/api-server/api-server.js', import.meta.url).pathname;

/** The lab's stand-in API server on this machine. */
export interface ApiServer {
  readonly port: number;
  readonly caFile: string;
  readonly caPem: string;
  readonly keyPem: string;
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** The same server again after SIGKILL: on the same port, with the same etcd. */
  again(): Promise<void>;
  /** Without etcd it answers writes with 500. */
  loseEtcd(): void;
  /** etcd has lost every write that it acknowledged. */
  forget(): void;
  /** The same etcd again, with what it had. */
  findEtcd(): Promise<void>;
  down(): Promise<void>;
}

/** Passes connections on, until it resets them all, and each that comes. */
export interface Proxy {
  readonly port: number;
  reset(): void;
  pass(): void;
  down(): void;
}

async function portOf(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

export async function startApiServer(): Promise<ApiServer> {
  const folder = await mkdtemp(join(tmpdir(), 'clients-'));
  const { key, cert } = await certificate(folder);
  const caFile = join(folder, 'apiserver.crt');
  await writeFile(join(folder, 'apiserver.key'), key);
  await writeFile(caFile, cert);
  const { server: etcd, forget } = memoryEtcd();
  const etcdPort = await portOf(etcd);
  const port = await freePort();
  const env = {
    ...process.env,
    NODE_NAME: 'cp1',
    PKI_DIR: folder,
    PORT: String(port),
    ETCD: `http://127.0.0.1:${etcdPort}`,
  };
  let child: ChildProcess;
  const again = async (): Promise<void> => {
    child = spawn(process.execPath, [program], { env, stdio: 'inherit' });
    while (!(await answers(port))) if (child.exitCode !== null) throw new Error('the API server has ended');
  };
  const signal = async (name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> => {
    if (child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(name);
    if (name === 'SIGKILL') await exited;
  };
  const loseEtcd = (): void => {
    etcd.close();
    etcd.closeAllConnections();
  };
  await again();
  return {
    port,
    caFile,
    caPem: cert,
    keyPem: key,
    signal,
    again,
    loseEtcd,
    forget,
    findEtcd: async () => void (await portOf(etcd, etcdPort)),
    down: async () => {
      await signal('SIGKILL');
      loseEtcd();
      await rm(folder, { recursive: true });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const answered = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'close').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  if (!answered) await sleep(20);
  return answered;
}

export async function startProxy(to: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let resetting = false;
  const server = createServer((inner) => {
    if (resetting) {
      inner.resetAndDestroy();
      return;
    }
    const outer = connect(to, '127.0.0.1');
    const pair = [
      [inner, outer],
      [outer, inner],
    ] as const;
    for (const [one, other] of pair) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy()).on('close', () => sockets.delete(one));
    }
  });
  const port = await portOf(server);
  const cut = (): void => {
    resetting = true;
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port,
    reset: cut,
    pass: () => (resetting = false),
    down: () => {
      cut();
      server.close();
    },
  };
}

/** Answers everything with 500, until it is well: then it has nothing. */
export async function startFailing({
  caPem,
  keyPem,
}: ApiServer): Promise<{ readonly port: number; recover(): void; down(): void }> {
  let well = false;
  const server = createHttpsServer({ key: keyPem, cert: caPem }, (request, response) => {
    request.resume();
    response.writeHead(well ? 200 : 500, { 'content-type': 'application/json' }).end('{"items":[]}\n');
  });
  const port = await portOf(server);
  return {
    port,
    recover: () => (well = true),
    down: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
