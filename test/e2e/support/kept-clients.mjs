// Clients whose connections are in use: usage: node kept-clients.mjs HOST PORT COUNT EVERY_MS PATH [FIRST_PORT]
// With FIRST_PORT, they have it and the ports after it on their own side.
// Each asks on its one connection every EVERY_MS milliseconds, not all at once, and never connects again by itself. Prints
// "connected" when all have had an answer. When its standard input ends, it prints a line of JSON: how many connections go on, how each of the others
// ended, requests answered and failed, the longest times without an answer since SIGUSR2, in milliseconds, and how much later than due one
// asked.
import { connect } from 'node:tls';

const [host, port, count, everyMs, path, firstPort] = process.argv.slice(2);
const clients = [];
const request = `GET ${path} HTTP/1.1\r\nHost: kubernetes\r\nUser-Agent: kept\r\n\r\n`;

function client(index) {
  const localPort = firstPort === undefined ? undefined : Number(firstPort) + index;
  // The stand-in's certificate is for the name; who it is does not matter here.
  const socket = connect({ host, port: Number(port), localPort, servername: 'kubernetes', rejectUnauthorized: false });
  const self = { socket, ended: undefined, answered: 0, asked: 0, lastMs: 0, longestMs: 0, asking: 0, dueMs: 0 };
  socket.on('data', () => {
    const nowMs = performance.now();
    if (self.asking > 0) self.longestMs = Math.max(self.longestMs, nowMs - self.asking);
    self.asking = 0;
    self.answered += 1;
  });
  socket.on('error', ({ code }) => (self.ended ??= code));
  socket.on('close', () => (self.ended ??= 'closed'));
  return self;
}

let latenessMs = 0;

function ask(self) {
  const nowMs = performance.now();
  if (self.dueMs > 0) latenessMs = Math.max(latenessMs, nowMs - self.dueMs);
  self.dueMs = nowMs + Number(everyMs);
  // The next one waits for the answer: on HTTP/1.1 they would queue.
  if (self.ended !== undefined || self.asking > 0) return;
  self.asking = nowMs;
  self.asked += 1;
  self.socket.write(request);
}

for (let i = 0; i < Number(count); i += 1) {
  const self = client(i);
  clients.push(self);
  await new Promise((resolve, reject) => {
    self.socket.once('secureConnect', resolve);
    self.socket.once('error', reject);
  });
}
// Spread over the interval: clients of a cluster do not ask in step, and the last of a burst would wait for all before it.
const paces = [];
clients.forEach((self, index) => {
  const start = () => paces.push(setInterval(ask, Number(everyMs), self));
  setTimeout(start, (Number(everyMs) * index) / clients.length);
});
await new Promise((resolve) => {
  const wait = setInterval(() => {
    if (clients.some(({ answered }) => answered === 0)) return;
    clearInterval(wait);
    resolve();
  }, 20);
});
process.stdout.write('connected\n');

process.on('SIGUSR2', () => {
  latenessMs = 0;
  for (const self of clients) self.longestMs = 0;
});
process.stdin.resume();
process.stdin.on('end', () => {
  for (const pace of paces) clearInterval(pace);
  setTimeout(() => {
    const nowMs = performance.now();
    const on = clients.filter(({ ended }) => ended === undefined);
    const stalls = on
      .map(({ longestMs, asking }) => Math.max(longestMs, asking > 0 ? nowMs - asking : 0))
      .toSorted((a, b) => a - b);
    const report = {
      kept: on.filter(({ asking }) => asking === 0).length,
      hung: on.filter(({ asking }) => asking > 0).length,
      ended: clients.flatMap(({ ended }) => ended ?? []),
      answered: clients.reduce((sum, { answered }) => sum + answered, 0),
      medianStallMs: stalls[Math.floor(stalls.length / 2)] ?? 0,
      longestStallMs: stalls.at(-1) ?? 0,
      latenessMs,
    };
    process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit());
  }, 500);
});
