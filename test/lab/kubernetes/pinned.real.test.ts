import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { crc32 } from 'node:zlib';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildProgram, verifyModule } from '../../../src/lab/kubernetes/build.ts';
import { findingsOf } from '../../../src/lab/problem.ts';
import { createRunner } from '../../../src/lab/process.ts';

/** A module and a proxy of our own that serves what it needs: no network. Needs go. */
const folder = mkdtempSync(join(tmpdir(), 'k8s-ha-pinned-'));
const [proxy, cache, work] = [join(folder, 'proxy'), join(folder, 'cache'), join(folder, 'work')];
const before = { ...process.env };
const needed = 'example.com/needed';
const runner = createRunner('t-pinned');

/** An archive of uncompressed files (APPNOTE.TXT of PKWARE): git and zip put folders in, which no module has. */
function zip(files: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  const list: Buffer[] = [];
  for (const [name, text] of Object.entries(files)) {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(text), 10);
    common.writeUInt32LE(text.length, 14);
    common.writeUInt32LE(text.length, 18);
    common.writeUInt16LE(name.length, 22);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(20, 4);
    common.copy(entry, 6);
    entry.writeUInt32LE(Buffer.concat(parts).length, 42);
    list.push(entry, Buffer.from(name));
    parts.push(Buffer.from([0x50, 0x4b, 3, 4]), common, Buffer.from(name + text));
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(Buffer.concat(list).length, 12);
  end.writeUInt32LE(Buffer.concat(parts).length, 16);
  return Buffer.concat([...parts, ...list, end]);
}

/** Puts version 1.0.0 of the needed module into the proxy. */
function serve(says: string): void {
  const versions = join(proxy, needed, '@v');
  const inside = `${needed}@v1.0.0`;
  const code = `package needed\n\nconst Says = "${says}"\n`;
  mkdirSync(versions, { recursive: true });
  writeFileSync(
    join(versions, 'v1.0.0.zip'),
    zip({ [`${inside}/go.mod`]: `module ${needed}\n`, [`${inside}/needed.go`]: code }),
  );
  writeFileSync(join(versions, 'v1.0.0.mod'), `module ${needed}\n`);
  writeFileSync(join(versions, 'v1.0.0.info'), '{"Version":"v1.0.0"}');
}

function go(...args: readonly string[]): void {
  execFileSync('go', ['-C', work, ...args], { stdio: 'pipe', env: { ...process.env, GONOSUMDB: '*' } });
}

async function built(): Promise<string> {
  const target = { program: 'program', module: 'etcd', path: '.', flags: '-s' } as const;
  await verifyModule(runner, work, ['.']);
  await buildProgram(runner, target, folder, () => undefined, work);
  return execFileSync(join(folder, 'program'), { encoding: 'utf8' }).trim();
}

async function refusal(): Promise<string> {
  return built().then(
    (said) => `built, and says ${said}`,
    (error: unknown) => findingsOf(error)?.[0]?.message ?? String(error),
  );
}

beforeAll(() => {
  // An environment that is as careless as it can be.
  Object.assign(process.env, {
    GOPROXY: `file://${proxy}`,
    GOMODCACHE: cache,
    GONOSUMDB: '*',
    GONOSUMCHECK: '1',
    GOFLAGS: '-mod=mod -modcacherw',
    GOTOOLCHAIN: 'local',
  });
});
beforeEach(() => {
  for (const path of [work, cache, proxy]) rmSync(path, { recursive: true, force: true });
  mkdirSync(work);
  serve('what was pinned');
  writeFileSync(join(work, 'go.mod'), `module example.com/own\n\ngo 1.21\n\nrequire ${needed} v1.0.0\n`);
  writeFileSync(
    join(work, 'main.go'),
    `package main\n\nimport (\n\t"fmt"\n\n\t"${needed}"\n)\n\nfunc main() { fmt.Println(needed.Says) }\n`,
  );
  go('mod', 'tidy');
});
afterAll(() => {
  process.env = before;
  execFileSync('chmod', ['-R', 'u+w', folder]);
  rmSync(folder, { recursive: true, force: true });
});

describe('a program of the pinned module', () => {
  it('is built of what go.sum says', async () => {
    expect(await built()).toBe('what was pinned');
  });

  it('is refused where the server has something else under the same version', async () => {
    rmSync(cache, { recursive: true });
    serve('something else');
    expect(await refusal()).toContain('SECURITY ERROR');
  });

  it('is refused where go.sum has another hash', async () => {
    const sums = readFileSync(join(work, 'go.sum'), 'utf8');
    writeFileSync(
      join(work, 'go.sum'),
      sums.replaceAll(/h1:./g, (sum) => (sum === 'h1:A' ? 'h1:B' : 'h1:A')),
    );
    expect(await refusal()).toContain('SECURITY ERROR');
  });

  it('is refused where go.sum lacks it, whatever GOFLAGS says', async () => {
    writeFileSync(join(work, 'go.sum'), '');
    expect(await refusal()).toContain('missing go.sum entry');
    expect(readFileSync(join(work, 'go.sum'), 'utf8')).toBe('');
  });

  it('is refused where a module was changed after it was fetched', async () => {
    const file = join(cache, `${needed}@v1.0.0`, 'needed.go');
    chmodSync(file, 0o644);
    writeFileSync(file, 'package needed\n\nconst Says = "something else"\n');
    expect(await refusal()).toContain('has been modified');
  });

  it('is built of our go.mod, where GOFLAGS names another', async () => {
    const other = join(folder, 'other.mod');
    writeFileSync(
      other,
      `module example.com/own\n\ngo 1.21\n\nrequire ${needed} v1.0.0\n\nreplace ${needed} => ./evil\n`,
    );
    mkdirSync(join(work, 'evil'));
    writeFileSync(join(work, 'evil', 'go.mod'), `module ${needed}\n`);
    writeFileSync(join(work, 'evil', 'needed.go'), 'package needed\n\nconst Says = "something else"\n');
    process.env['GOFLAGS'] = `-modfile=${other} -mod=mod`;
    expect(await refusal()).toBe('built, and says what was pinned');
    process.env['GOFLAGS'] = '-mod=mod';
  });
});
