import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindOf } from '../../../src/adopt/detect.ts';
import { isForeign, readForeign } from '../../../src/cli/shared/foreign.ts';
import { UsageError } from '../../../src/cli/shared/usage.ts';

const proxy = 'frontend a\nbind :1\n';
let root = '';

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'foreign-'));
  writeFileSync(join(root, 'haproxy.cfg'), proxy);
  writeFileSync(join(root, 'haproxy.cfg.bak'), 'frontend old\nbind :2\n');
  writeFileSync(join(root, 'wide.cfg'), Buffer.from('\uFEFFglobal\n', 'utf16le'));
  writeFileSync(join(root, 'core'), Buffer.from([127, 69, 76, 70, 0, 0]));
  writeFileSync(join(root, 'large.cfg'), Buffer.alloc(600 * 1024, 'a\n'));
  writeFileSync(join(root, 'bom.cfg'), `\uFEFF${proxy}`);
  symlinkSync('haproxy.cfg', join(root, 'link.cfg'));
  symlinkSync('nowhere', join(root, 'broken.cfg'));
  symlinkSync('.', join(root, 'loop'));
  spawnSync('mkfifo', [join(root, 'pipe')]);
  mkdirSync(join(root, 'a/b/c/d/e/f/g/h'), { recursive: true });
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('a folder', () => {
  it('gives every file: its text, or why it has none', () => {
    const found = new Map(
      readForeign([root]).map(({ file, text, problem }) => [file.slice(root.length + 1), problem ?? text]),
    );
    expect(found.get('haproxy.cfg')).toBe(proxy);
    expect(found.get('link.cfg')).toBe(proxy);
    expect(found.get('bom.cfg')).toBe(proxy);
    expect(found.get('haproxy.cfg.bak')).toMatch(/^is a copy/);
    expect(found.get('wide.cfg')).toMatch(/^is UTF-16/);
    expect(found.get('core')).toMatch(/^is binary/);
    expect(found.get('large.cfg')).toMatch(/^is 614400 bytes long/);
    expect(found.get('broken.cfg')).toMatch(/leads nowhere/);
    expect(found.get('loop')).toMatch(/^is a link to a folder/);
    expect(found.get('pipe')).toMatch(/^is a pipe/);
    expect(found.get('a/b/c/d/e/f/g')).toMatch(/folders deep/);
    expect(found.size).toBe(11);
  });

  it('with thousands of files is read to 500 of them, and says so', () => {
    const many = join(root, 'a/b');
    for (let i = 0; i < 600; i += 1) writeFileSync(join(many, `${i}.conf`), 'x\n');
    const found = readForeign([many]);
    expect(found).toHaveLength(501);
    expect(found.at(-1)?.problem).toMatch(/more than 500 files/);
    rmSync(many, { recursive: true });
  });

  it('of the kernel (/proc/self) ends, without a crash', () => {
    const found = readForeign(['/proc/self']);
    expect(found.length).toBeGreaterThan(10);
  });
});

describe('a path', () => {
  it.each([
    ['that is not there', '/nowhere/at/all'],
    ['of a device', '/dev/null'],
    ['below a file', '/etc/hostname/x'],
  ])('%s is refused with a sentence', (_, path) => {
    expect(() => readForeign([path])).toThrow(UsageError);
  });

  it('of a pipe is refused, and nobody waits for it', () => {
    expect(() => readForeign([join(root, 'pipe')])).toThrow(/is a pipe/);
    expect(isForeign(join(root, 'pipe'), kindOf)).toBe(false);
  });

  it('may be of a node, and may have an equals sign', () => {
    const odd = join(root, 'cp1=x.cfg');
    writeFileSync(odd, proxy);
    expect(readForeign([`cp1=${join(root, 'haproxy.cfg')}`])[0]?.node).toBe('cp1');
    expect(readForeign([odd])[0]?.node).toBeUndefined();
    rmSync(odd);
  });

  it('of a pod or a Compose file is somebody else\u2019s, of a cluster file it is not', () => {
    const pod = join(root, 'pod.yaml');
    writeFileSync(pod, 'kind: Pod\nspec: {}\n');
    expect(isForeign(pod, kindOf)).toBe(true);
    expect(isForeign('examples/tutorial.yaml', kindOf)).toBe(false);
    rmSync(pod);
  });
});
