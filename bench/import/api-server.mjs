// An API server for claims about checks: TLS, and an answer that standard input decides (`ok`, `unready`, `stuck`).
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [address, port, cert, key] = process.argv.slice(2);
let mode = 'ok';
process.stdin.on('data', (data) => {
  mode = data.toString().trim();
  console.log(`mode ${mode}`);
});
createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_, response) => {
  if (mode === 'stuck') return;
  response.writeHead(mode === 'unready' ? 500 : 200, { connection: 'close' });
  response.end(mode);
}).listen(Number(port), address, () => console.log('listening'));
