import { createServer } from 'node:http';
import type { Metrics } from './metrics.ts';

export interface Exporter {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves /metrics and nothing else. Rejects when the address cannot be bound. */
export function startExporter(
  metrics: Metrics,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Exporter> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://exporter');
    if (request.method !== 'GET' || pathname !== '/metrics') {
      response.writeHead(pathname === '/metrics' ? 405 : 404, { 'content-type': 'text/plain' }).end('see /metrics\n');
      return;
    }
    metrics().then(
      ({ type, text }) => response.writeHead(200, { 'content-type': type }).end(text),
      () => response.writeHead(500, { 'content-type': 'text/plain' }).end('the metrics could not be made\n'),
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      const bound = typeof address === 'object' && address ? address.port : port;
      resolve({
        url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/metrics`,
        close: () =>
          new Promise((done) => {
            server.closeAllConnections();
            server.close(() => done());
          }),
      });
    });
  });
}
