import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { helpers } from '../../../src/observe/once/script.ts';
import { parseSections, sectionsCommand } from '../../../src/observe/once/sections.ts';

/** Needs perl and /proc: a program that says its version, and goes on under another name. */
let folder = '';
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'k8s-ha-service-'));
  copyFileSync('/usr/bin/perl', join(folder, 'haproxy'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function start(program: string): Promise<number> {
  child = spawn(join(folder, program), ['-e', '$| = 1; print "up"; sleep 60'], {
    env: { ...process.env, K8S_HA_REVISION: 'abc' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child?.stdout?.once('data', resolve));
  return child.pid ?? 0;
}

/** What the node's shell says of HAProxy's unit while this is its process. */
function said(pid: number, program = 'haproxy'): string {
  const { stdin } = sectionsCommand(
    'ask',
    helpers,
    `PATH="${folder}:$PATH"
k8s_units="Id=k8s-ha-haproxy.service
MainPID=${pid}
ActiveState=active"
emit service service k8s-ha-haproxy.service ${program} ${folder}/haproxy.pid
`,
  );
  const { stdout } = spawnSync('sh', ['-s'], { input: stdin ?? '', encoding: 'utf8' });
  return parseSections(stdout).get('service')?.text ?? '';
}

function replace(): void {
  copyFileSync('/usr/bin/perl', join(folder, 'new'));
  renameSync(join(folder, 'new'), join(folder, 'haproxy'));
}

describe('what a node says of a service', () => {
  test('is its revision and its age', async () => {
    const text = said(await start('haproxy'));
    expect(text).toMatch(/^K8S_HA_REVISION=abc$/m);
    expect(text).toMatch(/^K8S_HA_AGE=\d+$/m);
    expect(text).not.toContain('K8S_HA_RUNS');
  });

  test('is that its package was replaced only where the program is another file now', async () => {
    const pid = await start('haproxy');
    replace();
    expect(said(pid)).toMatch(/^K8S_HA_RUNS=/m);
  });

  test('is not that while systemd starts it: its own file, under the name that it gives the process', async () => {
    copyFileSync('/usr/bin/perl', join(folder, '(haproxy)'));
    expect(said(await start('(haproxy)'))).not.toContain('K8S_HA_RUNS');
  });

  test('is not that of a process that has ended', async () => {
    const pid = await start('haproxy');
    replace();
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child?.kill('SIGKILL');
    await ended;
    expect(said(pid)).not.toContain('K8S_HA_RUNS');
  });
});
