import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quoteAll } from '../../../src/core/command.ts';
import { filesHelper, filesIn, parseSections, sectionsCommand } from '../../../src/observe/once/sections.ts';

/** What the node's shell tells of files, read back. */
let folder = '';
const contents: Readonly<Record<string, string>> = {
  'plain.cfg': 'global\n    log stdout\n',
  'no newline at the end': 'a\nb',
  empty: '',
  'one-newline': '\n',
  'many-newlines': '\n\nx\n\n\n',
  'back\\slash': 'a\\nb \\ %s $(x) `y` "z"\n',
  'utf-8': 'é ✓\n',
  long: `${'x'.repeat(9000)}\n`.repeat(3),
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k8s-ha-files-'));
  for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder, name), content, { mode: 0o640 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function told(names: readonly string[]) {
  const paths = names.map((name) => join(folder, name));
  const { stdin } = sectionsCommand('read files', filesHelper, `files ${quoteAll(paths)}\n`);
  const { stdout } = spawnSync('sh', ['-s'], { input: stdin ?? '', encoding: 'utf8' });
  return filesIn(parseSections(stdout)).map(({ path, mode, content }) => ({
    name: path.slice(folder.length + 1),
    mode,
    content,
  }));
}

function as(names: readonly string[]) {
  return names.map((name) => ({ name, mode: 0o640, content: contents[name] }));
}

describe('files, told by two processes for all of them', () => {
  const names = Object.keys(contents);

  test('are what they are, with mode and owner', () => {
    expect(told(names)).toEqual(as(names));
    const { stdin } = sectionsCommand('read files', filesHelper, `files ${quoteAll([join(folder, 'empty')])}\n`);
    const { stdout } = spawnSync('sh', ['-s'], { input: stdin ?? '', encoding: 'utf8' });
    expect(filesIn(parseSections(stdout))[0]?.owner).toMatch(new RegExp(`^${userInfo().username}:`));
  });

  test('are read one by one where one of them is a link, or gone', () => {
    chmodSync(join(folder, 'plain.cfg'), 0o640);
    symlinkSync('plain.cfg', join(folder, 'link'));
    expect(told(['link', 'gone', 'empty'])).toEqual([
      { name: 'link', mode: 0o777, content: contents['plain.cfg'] },
      ...as(['empty']),
    ]);
  });

  test('lose only what no shell can hold where one has a NUL', () => {
    writeFileSync(join(folder, 'nul'), 'a\0b\n');
    expect(told(['nul', 'plain.cfg']).map(({ name, content }) => [name, content])).toEqual([
      ['nul', 'ab\n'],
      ['plain.cfg', contents['plain.cfg']],
    ]);
  });
});
