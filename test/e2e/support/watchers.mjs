// Holds COUNT watches open and opens each again when it is lost. Tells "open lost" on a line five times a second.
// argv: HOST PORT COUNT CAFILE PATH
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

const [host, port, count, caFile, path] = process.argv.slice(2);
const ca = readFileSync(caFile);
let open = 0;
let lost = 0;

const watch = () => {
  let opened = false;
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    if (opened) {
      open -= 1;
      lost += 1;
    }
    // As clients of Kubernetes do: not all at once.
    setTimeout(watch, 500 + Math.random() * 4000);
  };
  const sent = request({ host, port, ca, servername: 'kubernetes', path, agent: false, timeout: 5000 });
  sent.on('timeout', () => !opened && sent.destroy());
  sent.on('response', (response) => {
    if (response.statusCode !== 200) {
      sent.destroy();
      return;
    }
    opened = true;
    open += 1;
    response.on('data', () => undefined);
    response.on('close', end);
  });
  sent.on('error', end);
  sent.on('close', end);
  sent.end();
};
for (let i = 0; i < Number(count); i += 1) setTimeout(watch, i * 40);
setInterval(() => process.stdout.write(`${open} ${lost}\n`), 200);
