import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fakeSpec } from '../fakes/spec.ts';
import { freePort } from './support/api-server.ts';
import { placeHaproxy, untilItAnswers } from './support/haproxy.ts';

const vip = '172.16.100.100';
const addresses = { cp1: '127.0.0.11', cp2: '127.0.0.12', cp3: '127.0.0.13' } as const;
type Name = keyof typeof addresses;

/** The real HAProxy of cp2, with the nodes on loopback: cp1 is better than it, and cp3 is worse. */
describe('a real HAProxy that other nodes tell what they hold', () => {
  let folder: string;
  let haproxy: ChildProcess;
  let port = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8s-ha-claims-'));
    port = await freePort();
    const spec = fakeSpec({
      endpoint: { ...fakeSpec().endpoint, port: await freePort() },
      nodes: fakeSpec().nodes.map((node, i) => ({ ...node, address: `127.0.0.${11 + i}` })),
    });
    const [, node] = spec.nodes;
    const file = placeHaproxy(folder, spec, node, port);
    haproxy = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
    await untilItAnswers(async () => (await says('cp1', '/peer')) !== '');
  });
  afterAll(async () => {
    haproxy.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  /** Status and body of what one of the nodes, or somebody else, is answered; nothing where nobody answers. */
  async function says(from: Name | '127.0.0.1', path: string): Promise<string> {
    return new Promise((resolve) => {
      const localAddress = from === '127.0.0.1' ? from : addresses[from];
      request({ host: addresses.cp2, port, path, localAddress, timeout: 2000 }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () => resolve(`${response.statusCode} ${body.trim()}`));
      })
        .on('error', () => resolve(''))
        .end();
    });
  }
  const claim = async (from: Name | '127.0.0.1', holds: 0 | 1, as: string = from): Promise<string> =>
    says(from, `/claim/${vip}/${as}?holds=${holds}`);

  test('refuses the worse of two, and everybody else while one holds it, until that one says nothing any more', async () => {
    expect(await claim('cp3', 1)).toBe('200 ok');
    expect(await claim('cp1', 0)).toBe('409 cp3');
    expect(await claim('cp1', 1)).toBe('200 ok');
    expect(await claim('cp3', 1)).toBe('409 cp1');
    expect(await claim('cp1', 0)).toBe('409 cp3');
    await expect.poll(async () => claim('cp1', 0), { timeout: 10_000 }).toBe('200 ok');
  });

  test('lets nobody speak for another node, nor for this one', async () => {
    await expect.poll(async () => claim('cp3', 0), { timeout: 10_000 }).toBe('200 ok');
    for (const as of ['cp1', 'cp2', 'nobody']) expect(await claim('cp3', 1, as)).toMatch(/^40[34] /);
    for (const as of Object.keys(addresses)) expect(await claim('127.0.0.1', 1, as)).toMatch(/^40[34] /);
    expect(await claim('cp3', 0)).toBe('200 ok');
  });
});
