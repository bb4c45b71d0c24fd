import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const corpus = 'test/fixtures/import/corpus';
const work = mkdtempSync(join(tmpdir(), 'import-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const output = z.object({ findings: z.array(z.object({ rule: z.string(), message: z.string() })) });

function k8sHa(...args: readonly string[]) {
  return spawnSync(resolve('bin/k8s-ha'), args, { encoding: 'utf8', timeout: 20_000, cwd: resolve('.') });
}

/** Every twelfth of the corpus: programs take their time to start. */
const some = readdirSync(corpus).filter((_, i) => i % 12 === 0);

describe('check and import (needs `npm run build`)', () => {
  it.each(some)('find the same in %s', (name) => {
    const path = join(corpus, name);
    const [checked, imported] = ['check', 'import'].map(
      (verb) => output.parse(JSON.parse(k8sHa(verb, path, '-o', 'json').stdout)).findings,
    );
    expect(checked).toEqual(imported);
  });
});

describe('import ends with a sentence, not with a stack trace', () => {
  const file = join(work, 'haproxy.cfg');
  writeFileSync(file, 'frontend a\nbind :1\n');
  spawnSync('mkfifo', [join(work, 'pipe')]);
  it.each([
    ['an --out that cannot be written', [`${corpus}/names-differ`, '--out', '/nowhere/at/all.yaml'], 2],
    ['a pipe', [join(work, 'pipe')], 2],
    ['a device', ['/dev/zero'], 2],
    ['a folder of the kernel', ['/proc/self/net'], 1],
    ['a file without a VIP', [file], 1],
    ['a cluster file that check refuses', [`${corpus}/vip-is-node`, '--out', join(work, 'out.yaml')], 1],
  ])('%s', (_, args, status) => {
    const result = k8sHa('import', ...args);
    expect(result.stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
    expect(result.status).toBe(status);
  });

  it('and says that the file it writes has errors', () => {
    const { stderr } = k8sHa('import', `${corpus}/vip-is-node`, '--out', join(work, 'refused.yaml'));
    expect(stderr).toContain('import-file-refused');
    expect(stderr).toContain('is written, and has errors');
  });
});
