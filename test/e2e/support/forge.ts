import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { labClient } from '../../../src/lab/lab.ts';
import { macOf } from '../../../src/lab/machine/network.ts';

/** An advert that no keepalived sent. */
export interface Forged {
  readonly version: 2 | 3;
  /** Address in whose name it is sent. */
  readonly source: string;
  readonly target: string;
  readonly vip: string;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly ttl: number;
}

/** Size of each frame: `socat` sends what it reads at once, and must not take two for one. */
const frameBytes = 64;

/**
 * Sends adverts from the lab's client onto the wire, all of them every 20 ms, as frames of its own making.
 * @returns what ends it
 */
export function forge(lab: string, adverts: readonly Forged[]): () => Promise<void> {
  const socat = ['socat', '-u', '-b', String(frameBytes), '-', 'INTERFACE:eth0'];
  const [program = '', ...args] = [...labClient(lab).argvPrefix, ...socat];
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'inherit'] });
  const frames = adverts.map(frameOf);
  const timer = setInterval(() => child.stdin.write(Buffer.concat(frames)), 20);
  return async () => {
    clearInterval(timer);
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'exit');
  };
}

/** Where the lab's client is: the sender cannot help that its own card sends. */
const client = '172.16.217.10';

function frameOf(advert: Forged): Buffer {
  const frame = Buffer.alloc(frameBytes);
  frame.set([...bytesOfMac(macOf(advert.target)), ...bytesOfMac(macOf(client)), 0x08, 0x00]);
  frame.set(packetOf(advert), 14);
  return frame;
}

function bytesOfMac(mac: string): readonly number[] {
  return mac.split(':').map((byte) => Number.parseInt(byte, 16));
}

function bytesOf(address: string): readonly number[] {
  return address.split('.').map(Number);
}

/** IPv4 (RFC 791) with an advert (RFC 3768 §5.1, RFC 9568 §5.2). */
export function packetOf({ source, target, ttl, ...advert }: Forged): readonly number[] {
  const addresses = [...bytesOf(source), ...bytesOf(target)];
  const body = bodyOf(advert, [...addresses, 0, 112]);
  const head = [0x45, 0, 0, 20 + body.length, 0, 1, 0, 0, ttl, 112, 0, 0, ...addresses];
  return [...withSum(head, 10, []), ...body];
}

function bodyOf(
  { version, vip, virtualRouterId, priority }: Omit<Forged, 'source' | 'target' | 'ttl'>,
  pseudo: readonly number[],
): readonly number[] {
  const head = [version * 16 + 1, virtualRouterId, priority, 1];
  // Version 2: no authentication, one second, eight bytes of it; version 3: 100 ms, and a pseudo header in the sum.
  return version === 2
    ? withSum([...head, 0, 1, 0, 0, ...bytesOf(vip), 0, 0, 0, 0, 0, 0, 0, 0], 6, [])
    : withSum([...head, 0, 10, 0, 0, ...bytesOf(vip)], 6, [...pseudo, 0, 12]);
}

/** The internet checksum (RFC 1071) of the bytes and of what goes before them, in its place. */
function withSum(bytes: readonly number[], at: number, before: readonly number[]): readonly number[] {
  const all = [...before, ...bytes];
  let sum = 0;
  for (let i = 0; i < all.length; i += 2) sum += (all[i] ?? 0) * 256 + (all[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  const complement = ~sum & 0xffff;
  return bytes.map((byte, i) => (i === at ? complement >> 8 : i === at + 1 ? complement & 0xff : byte));
}
