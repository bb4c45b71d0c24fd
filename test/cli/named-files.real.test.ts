import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** The built tool, with whatever an operator, or a script of theirs, may name. */
const cli = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const example = new URL('../../examples/tutorial.yaml', import.meta.url).pathname;
let folder = '';
let pipe = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k8s-ha-named-'));
  pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  writeFileSync(join(folder, 'file'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function said(argv: readonly string[]): { readonly rc: number | null; readonly text: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...argv], {
    encoding: 'utf8',
    timeout: 20_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { rc: status, text: stdout + stderr };
}

const things = (): readonly string[] => [pipe, '/dev/zero', '/proc/self/mem', folder, join(folder, 'missing')];

describe('the tool ends with a sentence, never with a trace or not at all', () => {
  test.each([
    ['a cluster file', ['check']],
    ['a file to import', ['import']],
    ['a token', ['kubeadm', example, '--join', '--node', 'cp2', '--token-file']],
    ['a kubeconfig', ['drill', example, '--dry-run', '--kubeconfig']],
  ])('for %s that is a pipe without a writer, a device, a folder or nothing', (_, argv) => {
    for (const thing of things()) {
      const { rc, text } = said([...argv, thing]);
      expect([1, 2], `${argv.join(' ')} ${thing}: ${text}`).toContain(rc);
      expect(text).not.toMatch(/\n {4}at |node:/);
      expect(text.trim()).not.toBe('');
    }
  });

  test.each([
    ['files that are rendered', ['render', example, '--out']],
    ['a new cluster file', ['init', '--name', 'x', '--virtual-ips', '10.0.0.9', '--nodes', 'a=10.0.0.1']],
  ])('for %s where there is no room for them', (_, argv) => {
    for (const thing of [join(folder, 'file', 'x'), join('/proc', 'x'), '/dev/null/x']) {
      const { rc, text } = said([...argv, thing]);
      expect([1, 2], `${argv.join(' ')} ${thing}: ${text}`).toContain(rc);
      expect(text).not.toMatch(/\n {4}at |node:/);
    }
  });
});
