// Opens COUNT watches, and opens each again as soon as it is lost. Tells once a second how many are open.
// argv: HOST PORT COUNT CAFILE
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

const [host, port, count, caFile] = process.argv.slice(2);
const ca = readFileSync(caFile);
const atOnce = 100;
let open = 0;
let opening = 0;
let wanted = Number(count);

const next = () => {
  while (opening < atOnce && wanted > 0) watch();
};
const watch = () => {
  wanted -= 1;
  opening += 1;
  let state = 'opening';
  const lost = () => {
    if (state === 'lost') return;
    if (state === 'open') open -= 1;
    else opening -= 1;
    state = 'lost';
    wanted += 1;
    setTimeout(next, 50);
  };
  const sent = request({ host, port, ca, servername: 'kubernetes', path: '/watch', agent: false, timeout: 5000 });
  sent.on('timeout', () => state === 'opening' && sent.destroy());
  sent.on('socket', (socket) => socket.setKeepAlive(true, 1000));
  sent.on('response', (response) => {
    state = 'open';
    opening -= 1;
    open += 1;
    response.on('data', () => undefined);
    response.on('close', lost);
    next();
  });
  sent.on('error', lost);
  sent.on('close', lost);
  sent.end();
};
next();
setInterval(() => process.stdout.write(`${open}\n`), 200);
