// Clients without credentials that take connections: bounded, and gone when it ends or after SECONDS.
// argv: KIND HOST PORT RATE MOST SECONDS SOURCES(by commas)
//   silent   connects and says nothing
//   partial  sends the beginning of a TLS hello, and no more
//   hello    sends a whole TLS hello, and then says nothing: the API server waits for the rest of the handshake
//   redial   the same, and the connection is closed as soon as the API server has answered: the server's half of a handshake
//   storm    a whole TLS handshake, and then the connection is closed
// Prints one line of JSON: how many it opened, how many were refused or closed, how many an API server answered, how many it held
// at once at most.
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';

const [kind, host, port, rate, most, seconds, sources] = process.argv.slice(2);
const from = sources.split(',');
const seen = { opened: 0, failed: 0, closed: 0, answered: 0, held: 0, peak: 0 };

/** What a client of TLS says first. */
const hello = await new Promise((resolve) => {
  const wire = new Duplex({ read: () => undefined, write: (chunk, _, done) => (resolve(chunk), done()) });
  connectTls({ socket: wire, servername: 'kubernetes' }).on('error', () => undefined);
});

function open(number) {
  const localAddress = from[number % from.length];
  const options = { host, port: Number(port), localAddress };
  const socket =
    kind === 'storm'
      ? connectTls({ ...options, servername: 'kubernetes', rejectUnauthorized: false })
      : connect({ ...options, noDelay: true });
  let held = false;
  socket.on(kind === 'storm' ? 'secureConnect' : 'connect', () => {
    seen.opened += 1;
    held = true;
    seen.held += 1;
    seen.peak = Math.max(seen.peak, seen.held);
    if (kind === 'storm') [seen.answered] = [seen.answered + 1, socket.destroy()];
    if (kind === 'partial') socket.write(hello.subarray(0, 20));
    if (kind === 'hello' || kind === 'redial') socket.write(hello);
  });
  socket.on('error', () => (seen.failed += held ? 0 : 1));
  let answered = kind === 'storm';
  socket.on('data', () => {
    if (!answered) seen.answered += 1;
    answered = true;
    if (kind === 'redial') socket.destroy();
  });
  socket.on('close', () => {
    if (held) [seen.held, seen.closed] = [seen.held - 1, seen.closed + 1];
    pending -= 1;
  });
}

let pending = 0;
let begun = 0;
const beganMs = performance.now();
const timer = setInterval(() => {
  const passedS = (performance.now() - beganMs) / 1000;
  if (passedS > Number(seconds)) end();
  for (; begun < Math.min(passedS * Number(rate), begun + 500) && pending < Number(most); begun += 1) {
    pending += 1;
    open(begun);
  }
  // What could not be begun because so many are open is not made up for.
  begun = Math.max(begun, Math.floor(passedS * Number(rate)) - 500);
}, 10);

function end() {
  clearInterval(timer);
  process.stdout.write(`${JSON.stringify({ ...seen, seconds: (performance.now() - beganMs) / 1000 })}\n`);
  process.exit();
}
process.on('SIGTERM', end);
