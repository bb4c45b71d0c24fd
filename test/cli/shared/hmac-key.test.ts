import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCluster } from '../../../src/cli/shared/context.ts';
import { readHmacKey } from '../../../src/cli/shared/hmac-key.ts';

const key = 'a1'.repeat(32);
let folder = '';
let clusterFile = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'k8s-ha-key-'));
  clusterFile = join(folder, 'prod.yaml');
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

async function write(name: string, text: string, mode = 0o600): Promise<void> {
  await writeFile(join(folder, name), text);
  await chmod(join(folder, name), mode);
}

describe('the key that signs adverts', () => {
  test('is read from beside the cluster file, in lower case and without what an editor leaves', async () => {
    await write('vrrp.key', `${key.toUpperCase()}\n`);
    expect(await readHmacKey('./vrrp.key', clusterFile)).toEqual({ ok: true, value: key });
  });

  test('comes with the cluster file', async () => {
    await write('vrrp.key', key);
    const nodes = [1, 2, 3].map((n) => `  - { name: cp${n}, address: 172.16.217.17${n} }\n`).join('');
    await writeFile(
      clusterFile,
      `name: prod\nendpoint: { virtualIPs: [172.16.100.100] }\nnodes:\n${nodes}keepalived: { hmacKeyFile: ./vrrp.key }\n`,
    );
    const { spec, findings } = await readCluster(clusterFile);
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(spec?.keepalived.hmacKey).toEqual({ file: './vrrp.key', key });
    await rm(join(folder, 'vrrp.key'));
    const without = await readCluster(clusterFile);
    expect(without.spec).toBeUndefined();
    expect(without.findings.map(({ rule }) => rule)).toContain('hmac-key-file');
  });

  test.each([
    ['too short', 'a1'.repeat(31)],
    ['too long', 'a1'.repeat(65)],
    ['an odd number of digits', `${key}a`],
    ['no digits', 'not a key, but a sentence that somebody would type as a password here'],
    ['two lines', `${key}\n${key}`],
  ])('is refused where it is %s, and not repeated', async (_, text) => {
    await write('bad.key', text);
    const read = await readHmacKey('bad.key', clusterFile);
    expect(read.ok).toBe(false);
    expect(JSON.stringify(read)).toContain('hmac-key-file');
    expect(JSON.stringify(read)).not.toContain(text.slice(0, 12));
  });

  test('is refused where others may read it', async () => {
    await write('open.key', key, 0o640);
    expect(await readHmacKey('open.key', clusterFile)).toMatchObject({
      error: { message: expect.stringContaining('others may read it') as unknown },
    });
  });

  test('is a regular file: a pipe that nobody writes to, a folder or a device stops nobody', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe.key')]);
    await symlink('/dev/zero', join(folder, 'zero.key'));
    for (const name of ['pipe.key', 'zero.key', '.', 'missing.key'])
      expect((await readHmacKey(name, clusterFile)).ok).toBe(false);
  });
});
