import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { boundServer } from '../limits.ts';
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
  const server = boundServer(createServer((request, response) => void answer(metrics, request, response)));
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

/** Never rejects, whatever the request says: its path is compared, and never read as an address. */
async function answer(metrics: Metrics, { method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
  const ours = url?.split('?')[0] === '/metrics';
  if (!ours || method !== 'GET') return plain(response, ours ? 405 : 404, 'see /metrics\n');
  try {
    const { type, text } = await metrics();
    response.writeHead(200, { 'content-type': type }).end(text);
  } catch {
    plain(response, 500, 'the metrics could not be made\n');
  }
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
}
