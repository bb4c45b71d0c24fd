import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { paths } from '../../src/node/paths.ts';
import { renderNode } from '../../src/render/render.ts';
import { fakeTimers } from '../fakes/spec.ts';
import { goldenCases } from './cases.ts';

const run = promisify(execFile);
let folder: string;

/** A namespace of the test's own, with an eth0: keepalived wants to see the interface that it is told of. */
const namespace = `k8s-ha-test-${process.pid}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k8s-ha-accepted-'));
  await chmod(folder, 0o755);
  await run('ip', ['netns', 'add', namespace]);
  await run('ip', ['-n', namespace, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1']);
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-subj',
    '/CN=test',
    '-keyout',
    join(folder, 'ca.key'),
    '-out',
    join(folder, 'ca.crt'),
  ]);
  const parts = await Promise.all(['ca.crt', 'ca.key'].map(async (file) => readFile(join(folder, file), 'utf8')));
  await writeFile(join(folder, 'health.pem'), parts.join(''));
});
afterAll(async () => {
  await run('ip', ['netns', 'del', namespace]);
  await rm(folder, { recursive: true, force: true });
});

interface Verdict {
  readonly rc: number;
  readonly output: string;
}

async function judge(argv: readonly string[]): Promise<Verdict> {
  const [file = '', ...rest] = argv;
  return run(file, rest).then(
    ({ stdout, stderr }) => ({ rc: 0, output: stdout + stderr }),
    (error: { code?: number; stdout?: string; stderr?: string; message: string }) => ({
      rc: error.code ?? -1,
      output: `${error.stdout ?? ''}${error.stderr ?? ''}${error.message}`,
    }),
  );
}

/** What is rendered for HAProxy before 2.6 has the name that 2.6 deprecates: that warning alone is taken away. */
function withoutNewName(output: string): string {
  const others = output.replaceAll(/^.*'process 1\/[0-9-]+' on 'bind' lines is deprecated.*$\n?/gm, '');
  return others === output ? output : others.replaceAll(/^(?:\[NOTICE\].*|Warnings were found\.)$\n?/gm, '');
}

// Signed adverts need a newer keepalived than distributions have: hmac.real.test.ts.
describe.each(goldenCases.filter(({ facts }) => facts.hmac === undefined))('$name', ({ name, spec, facts }) => {
  const files = async (): Promise<{ haproxy: string; keepalived: string }> => {
    const node = spec.nodes[0];
    if (!node) throw new Error('a case needs a node');
    const { healthCertFile } = spec.apiServer;
    const pem = join(folder, 'health.pem');
    const local = {
      ...spec,
      apiServer: {
        ...spec.apiServer,
        caFile: join(folder, 'ca.crt'),
        ...(healthCertFile !== undefined && { healthCertFile: pem }),
      },
    };
    const set = renderNode(local, node, fakeTimers, facts);
    const dir = join(folder, name);
    await mkdir(dir, { recursive: true });
    const content = (path: string): string => set.files.find((file) => file.path === path)?.content ?? '';
    const script = join(dir, 'check-haproxy');
    await writeFile(script, content(paths.checkScript), { mode: 0o755 });
    const support = join(dir, 'check-support');
    await writeFile(support, content(paths.supportScript), { mode: 0o755 });
    const haproxy = join(dir, 'haproxy.cfg');
    const keepalived = join(dir, 'keepalived.conf');
    const inFolder = (text: string): string =>
      text
        .replaceAll(paths.checkScript, script)
        .replaceAll(paths.supportScript, support)
        .replaceAll(paths.healthCert, pem)
        .replaceAll('/run/k8s-ha/', `${dir}/`);
    await writeFile(join(dir, 'server-state'), '1\n');
    await writeFile(haproxy, inFolder(content(paths.haproxyConfig)));
    await writeFile(keepalived, inFolder(content(paths.keepalivedConfig)));
    return { haproxy, keepalived };
  };

  test('is accepted by the real haproxy without a warning', async () => {
    const { haproxy } = await files();
    const verdict = await judge(['haproxy', '-c', '-f', haproxy]);
    expect(withoutNewName(verdict.output).replaceAll('Configuration file is valid', '').trim()).toBe('');
    expect(verdict.rc).toBe(0);
  });

  test('is accepted by the real keepalived without a complaint', async () => {
    const { keepalived } = await files();
    const verdict = await judge([
      'ip',
      'netns',
      'exec',
      namespace,
      'unshare',
      '-pf',
      'keepalived',
      '-t',
      '-f',
      keepalived,
    ]);
    expect(verdict.output.trim()).toBe('');
    expect(verdict.rc).toBe(0);
  });

  test('has a guard that the real nft accepts, whether there is a previous one or not', async () => {
    const node = spec.nodes[0];
    if (!node) throw new Error('a case needs a node');
    const guard = renderNode(spec, node, fakeTimers, facts).files.find(({ path }) => path === paths.guard);
    expect(guard === undefined).toBe(spec.guard === 'off');
    if (!guard) return;
    const file = join(folder, `${name}.nft`);
    await writeFile(file, guard.content);
    for (const args of [
      ['-c', '-f', file],
      ['-f', file],
      ['-f', file],
      ['delete', 'table', 'inet', 'k8s_ha'],
    ])
      expect(await judge(['ip', 'netns', 'exec', namespace, 'nft', ...args])).toEqual({ rc: 0, output: '' });
  });

  test('has shell scripts that the shell can read', async () => {
    await files();
    expect((await judge(['sh', '-n', join(folder, name, 'check-haproxy')])).rc).toBe(0);
  });
});

test('the real checkers do refuse a broken file, so the checks above can fail', async () => {
  const broken = join(folder, 'broken');
  await writeFile(broken, 'vrrp_instance X {\n  nonsense\n');
  expect((await judge(['nft', '-c', '-f', broken])).rc).not.toBe(0);
  expect((await judge(['haproxy', '-c', '-f', broken])).rc).not.toBe(0);
  expect((await judge(['unshare', '-pf', 'keepalived', '-t', '-f', broken])).rc).not.toBe(0);
});
