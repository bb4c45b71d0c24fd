// Clients that wait: usage: node idle-clients.mjs HOST PORT COUNT SECONDS [PATH]
// Opens TLS connections that never say a whole request, or with PATH have had one answer and ask nothing more, prints "connected" when all are there, and when all have ended or the time
// is up, a line of JSON: how many have ended, and when, in milliseconds of the wall clock.
import { connect } from 'node:tls';

const [host, port, count, seconds, path] = process.argv.slice(2);
const ended = [];
let open = 0;
const done = () => {
  process.stdout.write(`${JSON.stringify({ ended })}\n`, () => process.exit());
};
for (let i = 0; i < Number(count); i += 1) {
  // The stand-in's certificate is for the name; who it is does not matter here.
  const socket = connect({ host, port: Number(port), servername: 'kubernetes', rejectUnauthorized: false });
  await new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  socket.removeAllListeners('error');
  socket.on('error', () => {});
  socket.on('close', () => {
    ended.push(Date.now());
    if (ended.length === open) done();
  });
  socket.write(`GET ${path ?? '/version'} HTTP/1.1\r\nHost: kubernetes\r\n`);
  if (path !== undefined) {
    socket.write('\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
  }
  open += 1;
}
process.stdout.write('connected\n');
setTimeout(done, Number(seconds) * 1000);
