import { hasGo, startGoClients } from '../e2e/support/go-clients.ts';
import { nodeKeptClients } from '../e2e/support/kept-clients.ts';
import { nodeClients } from '../e2e/support/playing.ts';
import { clientsContract, many } from './contract.ts';

const go = hasGo();
if (!go) process.stderr.write('LEFT OUT: the clients of measurements in Go, because Go is not installed.\n');

clientsContract('in Node.js', (caFile) => ({
  play: async (config, watching) => nodeClients(config, watching, { wrap: [], caFile }),
  keep: async (port) => nodeKeptClients([], { host: '127.0.0.1', port, count: many }),
}));

if (go)
  clientsContract('in Go', () => {
    const clients = startGoClients([]);
    return {
      play: async (config, watching) => clients.play(config, watching),
      keep: async (port) => clients.keep({ host: '127.0.0.1', port, count: many, everyMs: 50, path: '/version' }),
    };
  });
