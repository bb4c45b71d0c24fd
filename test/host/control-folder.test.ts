import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { controlFolder } from '../../src/host/control-folder.ts';

describe('the folder of control sockets', () => {
  const uid = process.getuid?.() ?? 0;
  let base: string;
  beforeEach(() => (base = mkdtempSync(join(tmpdir(), 'k8s-ha-control-'))));
  afterEach(() => rmSync(base, { recursive: true, force: true }));
  const wanted = (): string => join(base, `k8s-ha-${uid}`);

  test('is made for the operator alone, and used again', () => {
    expect(controlFolder(base, uid)).toBe(wanted());
    expect(statSync(wanted()).mode & 0o777).toBe(0o700);
    expect(controlFolder(base, uid)).toBe(wanted());
  });

  test('is another one where others can write to it', () => {
    mkdirSync(wanted());
    chmodSync(wanted(), 0o770);
    const folder = controlFolder(base, uid);
    expect(folder).not.toBe(wanted());
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test('is another one where it is a link, and nothing behind the link is touched', () => {
    const victim = join(base, 'victim');
    mkdirSync(victim);
    writeFileSync(join(victim, '999999999-file'), 'precious');
    symlinkSync(victim, wanted());
    expect(controlFolder(base, uid)).not.toBe(wanted());
    expect(existsSync(join(victim, '999999999-file'))).toBe(true);
  });

  test("is another one where it is somebody else's", () => {
    mkdirSync(join(base, `k8s-ha-${uid + 1}`), { mode: 0o700 });
    expect(controlFolder(base, uid + 1)).not.toBe(join(base, `k8s-ha-${uid + 1}`));
  });

  test('loses the sockets of processes that are gone', () => {
    const folder = controlFolder(base, uid);
    writeFileSync(join(folder, '999999999-abc'), '');
    writeFileSync(join(folder, `${process.pid}-abc`), '');
    controlFolder(base, uid);
    expect(existsSync(join(folder, '999999999-abc'))).toBe(false);
    expect(existsSync(join(folder, `${process.pid}-abc`))).toBe(true);
  });
});
