/**
 * The lab's stand-in for kube-apiserver: as much of it as a load balancer, a prober and a leader election can see. It says
 * what it is in /version and in every answer's Server header. Anyone who can reach it may do everything.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { readConfig } from './config.ts';
import { createEtcd } from './etcd.ts';
import { createHandler } from './handler.ts';
import { createHealth } from './health.ts';
import { shareWatches } from './shared-watch.ts';
import { createStore } from './store.ts';

const config = readConfig(process.env);
const etcd = shareWatches(createEtcd(config.etcd));
let shuttingDown = false;

const handle = createHandler({
  node: config.node,
  etcd,
  store: createStore(etcd),
  health: createHealth(etcd, config.notReadyFile, () => shuttingDown),
});

function pki(file: string): Buffer {
  return readFileSync(join(config.pkiDir, file));
}

const server = createServer(
  {
    key: pki('apiserver.key'),
    cert: pki('apiserver.crt'),
    minVersion: 'TLSv1.2',
    keepAliveTimeout: 90_000,
    // A watch is one request that lasts for as long as its client likes.
    requestTimeout: 0,
  },
  (request, response) => void handle(request, response),
);

server.on('tlsClientError', (_, socket) => socket.destroy());
server.listen({ port: config.port, host: '::', backlog: 4096 });

/** As kube-apiserver: not ready at once, serving on for the delay, then no new connections and an end to what is left. */
process.on('SIGTERM', () => {
  if (shuttingDown) return;
  shuttingDown = true;
  setTimeout(() => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 1000);
  }, config.shutdownDelayMs);
});
