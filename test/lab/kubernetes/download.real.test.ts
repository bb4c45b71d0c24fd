import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { download, sumOf } from '../../../src/lab/kubernetes/download.ts';
import { findingsOf } from '../../../src/lab/problem.ts';

/** Needs a socket on loopback. The server can cut an answer in the middle, as a bad network does. */
const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
const sum = createHash('sha256').update(content).digest('hex');

interface Behaviour {
  /** Bytes of the body after which the next answers are cut; one number for each answer, then no cut. */
  cuts: number[];
  ranges: boolean;
  etag: string;
  sum: string;
  seen: (string | undefined)[];
}

/** Cuts once the client has all that was sent on its disk: what it goes on with does not depend on the clock. */
function cutWhenWritten(response: ServerResponse, file: string, size: number): void {
  if (existsSync(file) && statSync(file).size >= size) response.destroy();
  else setTimeout(() => cutWhenWritten(response, file, size), 5);
}

function serve(behaviour: Behaviour, file: string) {
  return (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === '/f.sha256') return response.end(behaviour.sum);
    if (request.url !== '/f') return response.writeHead(404).end();
    const { range, 'if-range': ifRange } = request.headers;
    behaviour.seen.push(range);
    const usable = behaviour.ranges && (ifRange === undefined || ifRange === behaviour.etag);
    const from = usable && range !== undefined ? Number(/^bytes=(\d+)-$/.exec(range)?.[1]) : 0;
    if (from >= content.length) return response.writeHead(416).end();
    const headers = { etag: behaviour.etag, 'content-length': content.length - from };
    if (from > 0)
      response.writeHead(206, { ...headers, 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` });
    else response.writeHead(200, headers);
    const cut = behaviour.cuts.shift();
    if (cut === undefined) return response.end(content.subarray(from));
    return response.write(content.subarray(from, from + cut), () => cutWhenWritten(response, file, from + cut));
  };
}

async function ruleOf(work: Promise<void>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => findingsOf(error)?.[0]?.rule,
  );
}

describe('a download', () => {
  let server: Server;
  let dir: string;
  let behaviour: Behaviour;
  let base: string;

  beforeEach(async () => {
    behaviour = { cuts: [], ranges: true, etag: '"one"', sum: `${sum}\n`, seen: [] };
    server = createServer((request, response) => void serve(behaviour, `${target()}.part`)(request, response));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    dir = mkdtempSync(join(tmpdir(), 'k8s-ha-download-'));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(dir, { recursive: true });
  });

  const target = (): string => join(dir, 'f');
  const get = async (retries = 3): Promise<void> =>
    download({ url: `${base}/f`, sumUrl: `${base}/f.sha256`, target: target() }, { retries });
  it('is in place, whole and executable, and leaves nothing else', async () => {
    await get();
    expect(readFileSync(target()).equals(content)).toBe(true);
    expect(statSync(target()).mode & 0o111).toBe(0o111);
    expect(existsSync(`${target()}.part`)).toBe(false);
  });

  it('goes on where it was cut, in the same run', async () => {
    behaviour.cuts = [100_000, 50_000];
    await get();
    expect(readFileSync(target()).equals(content)).toBe(true);
    expect(behaviour.seen).toEqual([undefined, 'bytes=100000-', 'bytes=150000-']);
  });

  it('goes on where an earlier run was cut', async () => {
    behaviour.cuts = [100_000];
    expect(await ruleOf(get(0))).toBe('lab-download');
    await get();
    expect(behaviour.seen).toEqual([undefined, 'bytes=100000-']);
    expect(readFileSync(target()).equals(content)).toBe(true);
  });

  it('starts over where the server cannot go on, or has another file by now', async () => {
    behaviour.cuts = [100_000];
    behaviour.ranges = false;
    await get();
    expect(readFileSync(target()).equals(content)).toBe(true);
    rmSync(target());
    behaviour.ranges = true;
    behaviour.cuts = [100_000];
    expect(await ruleOf(get(0))).toBe('lab-download');
    behaviour.etag = '"two"';
    await get();
    expect(readFileSync(target()).equals(content)).toBe(true);
  });

  it('throws away what an earlier run left of another file, and gets the right one', async () => {
    writeFileSync(`${target()}.part`, Buffer.alloc(400_000));
    await get();
    expect(readFileSync(target()).equals(content)).toBe(true);
  });

  it('is thrown away when its sum is wrong', async () => {
    behaviour.sum = `${'0'.repeat(64)}\n`;
    expect(await ruleOf(get())).toBe('lab-checksum');
    expect(existsSync(target())).toBe(false);
    expect(existsSync(`${target()}.part`)).toBe(false);
  });

  it('says that it cannot be checked, or fetched', async () => {
    behaviour.sum = 'not a sum';
    expect(await ruleOf(get())).toBe('lab-checksum-missing');
    expect(await ruleOf(download({ url: `${base}/x`, sumUrl: `${base}/x.sha256`, target: target() }))).toBe(
      'lab-download',
    );
    expect(
      await ruleOf(download({ url: 'http://127.0.0.1:1/x', sumUrl: 'http://127.0.0.1:1/s', target: target() })),
    ).toBe('lab-download');
  });
});

it('a sum is found alone and in a list', () => {
  const other = 'a'.repeat(64);
  expect(sumOf(`${sum}\n`, 'f')).toBe(sum);
  expect(sumOf(`${other}  e\n${sum}  f\n`, 'f')).toBe(sum);
  expect(sumOf(`${sum} *f\n`, 'f')).toBe(sum);
  expect(sumOf(`${other}  e\n`, 'f')).toBeUndefined();
  expect(sumOf('<html>', 'f')).toBeUndefined();
});
