import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exec } from '../../src/host/exec.ts';
import { openLocal } from '../../src/host/stream.ts';

describe('a program that prints without end', () => {
  test('is ended, and its output is not kept', async () => {
    const result = await exec(['sh', '-c', 'while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done'], {
      timeoutMs: 30_000,
      maxBytes: 100_000,
    });
    expect(result).toMatchObject({ rc: undefined, ended: 'too-much', stdout: '' });
  });

  test('is ended where it is one line, and its lines before were heard', async () => {
    const lines: string[] = [];
    const stream = openLocal(['sh', '-c', "echo first; tr '\\0' x </dev/zero"], (line) => lines.push(line));
    expect((await stream.ended).ended).toBe('too-much');
    expect(lines).toEqual(['first']);
  });

  test('is heard line by line, however its pieces arrive', async () => {
    const lines: string[] = [];
    const stream = openLocal(['sh', '-c', "printf 'a'; printf 'b\\nc\\n'; printf 'd'; printf 'e\\n'"], (line) =>
      lines.push(line),
    );
    expect((await stream.ended).rc).toBe(0);
    expect(lines).toEqual(['ab', 'c', 'de']);
  });
});

describe('a program that Ctrl-C reaches before it has a process group of its own', () => {
  test.each([
    [true, { rc: 0, stdout: 'again' }],
    [false, { rc: undefined, stdout: '' }],
  ])('is started again where it was to be out of reach (%s)', async (ownGroup, expected) => {
    const folder = mkdtempSync(join(tmpdir(), 'k8s-ha-exec-'));
    const mark = join(folder, 'begun');
    const program = `if [ -e "${mark}" ]; then echo again; else : >"${mark}"; kill -INT $$; fi`;
    try {
      expect(await exec(['sh', '-c', program], { timeoutMs: 30_000, ownGroup })).toMatchObject(expected);
      expect(existsSync(mark)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
