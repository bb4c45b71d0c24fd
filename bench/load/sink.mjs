// A TLS server that answers /readyz and holds every other request open, as API servers hold watches. Runs on the lab's nodes.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const pki = '/etc/kubernetes/pki';
createServer(
  {
    key: readFileSync(`${pki}/apiserver.key`),
    cert: readFileSync(`${pki}/apiserver.crt`),
    ALPNProtocols: ['http/1.1'],
  },
  (request, response) => {
    if (request.url === '/readyz') response.end('ok');
    else response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
  },
)
  .on('connection', (socket) => socket.setTimeout(0))
  .listen(6443);
