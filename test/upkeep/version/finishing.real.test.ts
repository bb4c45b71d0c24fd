import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkServer, tellServer } from '../../../src/act/rollout/commands/servers.ts';
import { runDir } from '../../../src/node/paths.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { freePort } from '../../render/support/api-server.ts';
import { placeHaproxy, untilItAnswers } from '../../render/support/haproxy.ts';

function takesMs(path = ''): number {
  return path === '/slow' ? 3000 : path === '/slower' ? 8000 : 0;
}

/** A real HAProxy with a rendered configuration, and an API server of ours that ends as a real one. Needs haproxy, socat, openssl. */
describe('an API server that has stopped listening', () => {
  let folder: string;
  let haproxy: ChildProcess;
  let server: Server;
  let ready = true;
  let port = 0;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'k8s-ha-finishing-'));
    const names = ['-keyout', 'server.key', '-out', 'server.crt', '-days', '2', '-subj', '/CN=kubernetes'];
    const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', ...names];
    execFileSync('openssl', made, { cwd: folder, stdio: 'ignore' });
    const [apiPort, healthPort] = [await freePort(), await freePort()];
    port = await freePort();
    ready = true;
    const pair = { key: readFileSync(join(folder, 'server.key')), cert: readFileSync(join(folder, 'server.crt')) };
    server = createServer(pair, (asked, answer) => {
      if (asked.url === '/readyz') answer.writeHead(ready ? 200 : 500).end();
      else setTimeout(() => answer.end('finished'), takesMs(asked.url));
    });
    await new Promise<void>((resolve) => void server.listen(apiPort, '127.0.0.1', resolve));
    const spec = fakeSpec({
      endpoint: { ...fakeSpec().endpoint, port },
      failover: { ...fakeSpec().failover, fencing: false },
    });
    const [node] = spec.nodes;
    const file = placeHaproxy(folder, spec, node, healthPort, (text) =>
      text.replaceAll(`${node?.address}:6443`, `127.0.0.1:${apiPort}`),
    );
    haproxy = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
    await untilItAnswers(async () => (await get('/quick')) === 'finished');
  });
  afterEach(() => {
    haproxy.kill('SIGKILL');
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function get(path: string): Promise<string> {
    return new Promise((resolve) => {
      const options = { host: '127.0.0.1', port, path, rejectUnauthorized: false, agent: false, timeout: 10_000 };
      const sent = request(options, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('close', () => resolve(response.complete ? text : 'cut'));
      });
      sent.on('timeout', () => sent.destroy());
      sent.on('error', () => resolve('cut'));
      sent.end();
    });
  }

  function tell(shell: string): void {
    execFileSync('sh', ['-c', shell.replaceAll(runDir, folder)], { stdio: 'pipe' });
  }

  /** As kube-apiserver after SIGTERM: not ready, then no new connections, while it finishes what it was asked. */
  async function ends(): Promise<void> {
    ready = false;
    await sleep(700);
    server.close();
  }

  test('finishes what it was asked where HAProxy was told not to check it', async () => {
    const slow = get('/slow');
    await sleep(200);
    tell(`${tellServer('cp1', 'drain')}\n${checkServer('cp1', 'disable')}`);
    await ends();
    expect(await slow).toBe('finished');
    tell(checkServer('cp1', 'enable'));
  });

  test('is cut off by a HAProxy that checks it', async () => {
    const slow = get('/slower');
    await sleep(200);
    tell(tellServer('cp1', 'drain'));
    await ends();
    expect(await slow).toBe('cut');
  });
});
