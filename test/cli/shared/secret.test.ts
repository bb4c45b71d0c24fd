import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { mergeInto, usedByKubectl } from '../../../src/cli/shared/merge-kubeconfig.ts';
import { readText, writeSecret } from '../../../src/cli/shared/secret.ts';
import { err, ok } from '../../../src/core/result.ts';

const folder = mkdtempSync(join(tmpdir(), 'k8s-ha-secret-'));
afterAll(() => rmSync(folder, { recursive: true }));

function modeOf(file: string): string {
  return (statSync(file).mode & 0o777).toString(8);
}

describe('a file with a secret', () => {
  test('is readable by its owner alone, also over one that others could read, and leaves nothing beside it', async () => {
    const file = join(folder, 'alone', 'x');
    await expect(writeSecret(file, 'a')).rejects.toThrow('cannot be written');
    const there = join(folder, 'there');
    writeFileSync(there, 'old', { mode: 0o644 });
    await writeSecret(there, 'new');
    expect([readFileSync(there, 'utf8'), modeOf(there)]).toEqual(['new', '600']);
    expect(readdirSync(folder)).toEqual(['there']);
  });

  test('is read up to a bound', async () => {
    const file = join(folder, 'long');
    writeFileSync(file, 'x'.repeat(100));
    expect(await readText(file, 100)).toHaveLength(100);
    await expect(readText(file, 99)).rejects.toThrow('it has more than 99 bytes');
    await expect(readText(join(folder, 'none'))).rejects.toThrow('ENOENT');
  });
});

describe('a kubeconfig that is merged into', () => {
  test('is made where there is none, and keeps its previous text beside it afterwards', async () => {
    const file = join(folder, 'kube', 'config');
    await mergeInto(file, 'alone', () => err('not asked'));
    expect([readFileSync(file, 'utf8'), modeOf(file), modeOf(join(folder, 'kube'))]).toEqual(['alone', '600', '700']);
    const link = join(folder, 'link');
    symlinkSync(file, link);
    await mergeInto(link, 'alone', (present) => ok(`${present}+`));
    expect(readFileSync(link, 'utf8')).toBe('alone+');
    const names = readdirSync(join(folder, 'kube'));
    expect(names).toHaveLength(2);
    const backup = names.find((name) => name !== 'config') ?? '';
    expect(backup).toMatch(/^config\.\d{8}T\d{9}Z$/);
    expect(readFileSync(join(folder, 'kube', backup), 'utf8')).toBe('alone');
    expect(modeOf(join(folder, 'kube', backup))).toBe('600');
  });

  test('is left as it is where it cannot be merged, or kubectl writes it', async () => {
    const file = join(folder, 'mine');
    writeFileSync(file, 'mine');
    await expect(mergeInto(file, 'x', () => err('it is another'))).rejects.toThrow('left as it is: it is another');
    writeFileSync(`${file}.lock`, '');
    await expect(mergeInto(file, 'x', () => ok('y'))).rejects.toThrow('being written by kubectl');
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(readdirSync(folder).filter((name) => name.startsWith('mine'))).toEqual(['mine', 'mine.lock']);
  });

  test('is the one of kubectl', () => {
    expect(usedByKubectl('/a/b:/c')).toBe('/a/b');
    expect(usedByKubectl(undefined)).toMatch(/\.kube\/config$/);
    expect(usedByKubectl('')).toMatch(/\.kube\/config$/);
  });
});
