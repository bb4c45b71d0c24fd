import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assumedFacts } from '../../src/cluster/timers.ts';
import { runDir } from '../../src/node/paths.ts';
import { renderWorker } from '../../src/render/worker.ts';
import { fakeSpec, fakeTimers } from '../fakes/spec.ts';

const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k8s-ha-worker-'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const worker = { name: 'w1', address: '172.16.217.181', family: 'ipv4' as const, ssh: { options: {} } };
const spec = fakeSpec({ workers: [worker] });

function fileOf(end: string): string {
  const set = renderWorker(spec, worker, fakeTimers, { ...assumedFacts, caPresent: false });
  return set.files.find(({ path }) => path.endsWith(end))?.content ?? '';
}

test('the real haproxy accepts the configuration of a worker without a warning', async () => {
  const file = join(folder, 'haproxy.cfg');
  await writeFile(join(folder, 'server-state'), '1\n');
  await writeFile(file, fileOf('haproxy.cfg').replaceAll(`${runDir}/`, `${folder}/`));
  const { stdout, stderr } = await run('haproxy', ['-c', '-f', file]);
  expect(`${stdout}${stderr}`.replace('Configuration file is valid', '').trim()).toBe('');
});

test('systemd finds its unit not more exposed than those of the control plane', async () => {
  const file = join(folder, 'k8s-ha-haproxy.service');
  await writeFile(file, fileOf('.service'));
  const { stdout } = await run('systemd-analyze', ['security', '--offline=yes', '--threshold=40', file]);
  expect(stdout).toContain('Overall exposure level');
});
