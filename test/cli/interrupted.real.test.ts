import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** The built tool, with nodes that say nothing: what has connected leaves a file, and waits. */
const cli = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const example = new URL('../../examples/tutorial.yaml', import.meta.url).pathname;
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k8s-ha-interrupted-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** @returns the exit code, or the signal that ended it */
async function interrupted(argv: readonly string[]): Promise<number | string | null> {
  // Of its own: what an earlier command began may still connect after it has ended.
  const own = mkdtempSync(join(folder, 'run-'));
  writeFileSync(join(own, 'config'), `Host *\n  ProxyCommand sh -c 'touch ${own}/asked; cat >/dev/null; :'\n`);
  const child = spawn(process.execPath, [cli, '--ssh-config', join(own, 'config'), ...argv], { stdio: 'ignore' });
  const ended = new Promise<number | string | null>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? code)),
  );
  await expect.poll(() => existsSync(join(own, 'asked')), { timeout: 20_000 }).toBe(true);
  child.kill('SIGINT');
  return ended;
}

describe('Ctrl-C before a node has answered', () => {
  test('ends a command that would go on until then with 0', async () => {
    expect(await interrupted(['events', example, '--follow'])).toBe(0);
    expect(await interrupted(['status', example, '--watch'])).toBe(0);
  });

  test('ends a command that would end by itself as the interruption that it is', async () => {
    expect(await interrupted(['events', example])).toBe('SIGINT');
  });
});
