import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAddons } from '../../../src/cli/shared/addons.ts';
import { readCluster } from '../../../src/cli/shared/context.ts';
import { readUpTo } from '../../../src/cli/shared/read.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k8s-ha-read-'));
  execFileSync('mkfifo', [join(folder, 'pipe'), join(folder, 'pipe.yaml')]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what an operator names to be read', () => {
  test('is read whole, and no further than its bound', () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'x'.repeat(1000));
    expect(readUpTo(file, 5000).toString()).toBe('x'.repeat(1000));
    expect(readUpTo(file, 10).toString()).toBe('x'.repeat(10));
    expect(readUpTo('/dev/zero', 5000)).toHaveLength(5000);
    // The kernel says that it has no bytes.
    expect(readUpTo('/proc/self/status', 5000).toString()).toContain('Pid:');
  });

  test('is refused by what the system says of it', () => {
    expect(() => readUpTo(join(folder, 'missing'), 10)).toThrow('ENOENT');
    expect(() => readUpTo(folder, 10)).toThrow('EISDIR');
  });

  test('may be a pipe that nobody writes to: it is empty', async () => {
    expect(readUpTo(join(folder, 'pipe'), 10)).toHaveLength(0);
    const { spec, findings } = await readCluster(join(folder, 'pipe'));
    expect(spec).toBeUndefined();
    expect(findings.map(({ rule }) => rule)).toEqual(['empty-file']);
  });

  test('may be a pipe whose writer takes its time', () => {
    const path = join(folder, 'pipe');
    const writer = spawn('sh', ['-c', 'exec 3<>"$1"; echo; sleep 0.4; printf late >&3; sleep 1', 'sh', path], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return once(writer.stdout, 'data').then(() => expect(readUpTo(path, 4).toString()).toBe('late'));
  });

  test('has no pipe and no device among the add-ons', async () => {
    const cluster = join(folder, 'prod.yaml');
    expect(await readAddons('.', cluster)).toMatchObject({
      error: [{ rule: 'addons-folder', message: expect.stringContaining('not a regular file') as unknown }],
    });
    rmSync(join(folder, 'pipe.yaml'));
    symlinkSync('/dev/zero', join(folder, 'zero.json'));
    expect(await readAddons('.', cluster)).toMatchObject({ error: [{ rule: 'addons-folder' }] });
  });
});
