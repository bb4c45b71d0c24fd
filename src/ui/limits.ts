import type { Server } from 'node:http';

/** What any client may cost the servers of the live views. */
export const limits = {
  /** Connections at once; one more is closed. */
  connections: 256,
  /** Pages that listen for changes at once. */
  listeners: 32,
  /** Changes that a page may be behind before it is let go; it reads everything again when it comes back. */
  behind: 100,
  /** Bytes of a request's body. */
  body: 16 * 1024,
  headersMs: 5000,
  requestMs: 10_000,
} as const;

/** Bounds a server; a request that cannot be read ends its connection, and nothing else. */
export function boundServer<S extends Server>(server: S): S {
  server.maxConnections = limits.connections;
  server.headersTimeout = limits.headersMs;
  server.requestTimeout = limits.requestMs;
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  return server;
}
