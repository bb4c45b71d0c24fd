import { connect, createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

function addressOf(name: string): string {
  return `\0k8s-ha-lab/${name}`;
}

/**
 * A lock that the kernel lets go of when its holder dies, however it dies: a listening socket in Linux' abstract namespace
 * (unix(7)), which leaves no file behind. Whoever connects is told the holder's process id.
 */
function tryLock(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.on('error', () => undefined).end(String(process.pid)));
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen({ path: address }, () => {
      server.unref();
      resolve(server);
    });
  });
}

function holderOf(address: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    connect({ path: address })
      .setEncoding('utf8')
      .on('data', (chunk: string) => (text += chunk))
      .on('error', () => resolve(''))
      .on('close', () => resolve(text));
  });
}

function release(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

/** Runs `work` if the lock is free at this moment, and otherwise not at all. */
export async function withLockIfFree(name: string, work: () => Promise<void>): Promise<void> {
  const server = await tryLock(addressOf(name));
  if (server) await work().finally(() => release(server));
}

/** Runs `work` while no other process holds the lock `name`; `onWait` is told once who holds it. */
export async function withLock<T>(
  name: string,
  work: () => Promise<T>,
  { signal, onWait }: { signal?: AbortSignal | undefined; onWait?: ((holderPid: string) => void) | undefined } = {},
): Promise<T> {
  const address = addressOf(name);
  let waiting = false;
  let server = await tryLock(address);
  while (!server) {
    if (!waiting) onWait?.(await holderOf(address));
    waiting = true;
    await sleep(100, undefined, signal ? { signal } : {});
    server = await tryLock(address);
  }
  const held = server;
  try {
    return await work();
  } finally {
    await release(held);
  }
}
