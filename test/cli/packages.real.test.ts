import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

/** Makes the packages as scripts/package.sh does, and uses them as their users would. Needs npm's registry or cache. */
const work = mkdtempSync(join(tmpdir(), 'k8s-ha-packages-'));
const out = join(work, 'out');
const again = join(work, 'again');
/** Where the npm package is installed as its users install it. */
const consumer = join(work, 'consumer');
const example = resolve('examples/tutorial.yaml');

const bomSchema = z.object({
  bomFormat: z.string(),
  metadata: z.object({ component: z.object({ name: z.string() }) }),
  components: z.array(z.object({ name: z.string() })),
});
const manifestSchema = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
  exports: z.record(z.string(), z.union([z.string(), z.record(z.string(), z.string())])),
});

function run(file: string, args: readonly string[], cwd = work): string {
  return execFileSync(file, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, HOME: work, XDG_CACHE_HOME: join(work, 'cache') },
  });
}

function complete(...words: readonly string[]): string {
  return execFileSync(resolve('bin/k8s-ha'), ['complete', '--', ...words], { encoding: 'utf8' });
}

function made(pattern: RegExp): string {
  const name = readdirSync(out).find((entry) => pattern.test(entry));
  if (name === undefined) throw new Error(`no ${pattern} in ${readdirSync(out).join(', ')}`);
  return join(out, name);
}

function files(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted();
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

beforeAll(async () => {
  const script = promisify(execFile);
  await Promise.all([out, again].map((folder) => script(resolve('scripts/package.sh'), [folder])));
  mkdirSync(consumer);
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module' }));
  // Not the operator's HOME here: npm's own settings say where the registry is.
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--silent'];
  await script('npm', ['install', ...options, made(/\.tgz$/)], { cwd: consumer });
}, 600_000);
afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

/** As a user writes it: values and types of both entries, in strict TypeScript. */
const program = `
import { findingsText, loadFile, predict, solveSpec, type ClusterSpec, type Finding } from 'k8s-ha';
import { createMetrics, watch, type Watch } from 'k8s-ha/views';
import { readFileSync } from 'node:fs';

const loaded = loadFile(readFileSync(process.argv[2] ?? '', 'utf8'), 'cluster.yaml');
const findings: readonly Finding[] = loaded.findings;
const spec: ClusterSpec | undefined = loaded.spec;
const started: typeof watch = watch;
const running: Watch | undefined = undefined;
console.log(findings.length, spec?.name, typeof solveSpec, typeof predict, typeof createMetrics, typeof started, running);
console.log(findingsText([], { color: false }));
`;
const compilerOptions = {
  module: 'nodenext',
  target: 'es2023',
  lib: ['es2023'],
  strict: true,
  exactOptionalPropertyTypes: true,
  // The package's own declarations are checked too.
  skipLibCheck: false,
  types: ['node'],
  typeRoots: [resolve('node_modules/@types')],
  outDir: 'built',
};

describe('the npm package', () => {
  it('installs in an empty folder and runs', () => {
    expect(run('node_modules/.bin/k8s-ha', ['check', example], consumer)).toContain('no problems found');
    expect(run('node_modules/.bin/k8s-ha', ['predict', example], consumer)).toContain('HAProxy is killed');
  });

  it('has types and modules for both of its entries, and no other', { timeout: 120_000 }, () => {
    writeFileSync(join(consumer, 'program.ts'), program);
    writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
    const tsc = spawnSync(resolve('node_modules/.bin/tsc'), ['-p', consumer], { encoding: 'utf8' });
    expect(tsc.stdout).toBe('');
    expect(tsc.status).toBe(0);
    expect(run(process.execPath, ['built/program.js', example], consumer)).toMatch(
      /^\d+ \S+ function function function function undefined\n/,
    );
    const inner = spawnSync(process.execPath, ['-e', "import('k8s-ha/dist/core/duration.js')"], {
      cwd: consumer,
      encoding: 'utf8',
    });
    expect(inner.stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it('holds what was built, and nothing of how or where', () => {
    const folder = join(consumer, 'node_modules/k8s-ha');
    const held = files(folder);
    expect(held).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'dist/ui/web/page/LICENSES.txt']),
    );
    expect(
      held.filter((name) => /tsbuildinfo|\.test\.|(^|\/)(test|src|scripts|node_modules)(\/|$)/.test(name)),
    ).toEqual([]);
    // TypeScript looks beside a module when the types that are named do not exist.
    const { exports } = manifestSchema.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
    const targets = Object.values(exports).flatMap((one) => (typeof one === 'string' ? [one] : Object.values(one)));
    expect(held).toEqual(expect.arrayContaining(targets.map((path) => path.replace('./', ''))));
    // A module of a source that is gone would be here without it.
    const sources = new Set(files(resolve('src')));
    const built = held.filter((name) => /^dist\/.*\.js$/.test(name) && name !== 'dist/ui/web/page/app.js');
    const shared = built.filter((name) => /^dist\/cli\/shared-[0-9A-Z]{8}\.js$/.test(name));
    const ours = built.filter((name) => !sources.has(name.replace(/^dist\/(.*)\.js$/, '$1.ts')));
    // What the bundles have in common, and what the command line loads on demand.
    expect(ours).toEqual(shared);
    expect(shared.length).toBeGreaterThan(0);
    const texts = shared
      .concat('dist/cli/main.js', 'dist/status.js')
      .map((name) => readFileSync(join(folder, name), 'utf8'));
    expect(shared.filter((name) => !texts.some((text) => text.includes(name.replace('dist/cli/', ''))))).toEqual([]);
    expect(built.length).toBeGreaterThan(100);
    const machine = [resolve('.'), work, ...(homedir() === '/root' ? [] : [homedir()])];
    const tells = held.filter((name) => {
      if (!/\.(js|ts|json|md|txt|yaml)$/.test(name)) return false;
      const text = readFileSync(join(folder, name), 'utf8');
      return machine.some((path) => text.includes(path));
    });
    expect(tells).toEqual([]);
  });
});

describe('a release', () => {
  it('gives the same bytes from the same sources', () => {
    const names = files(out);
    expect(names).toHaveLength(5);
    expect(files(again)).toEqual(names);
    expect(names.filter((name) => sha256(join(out, name)) !== sha256(join(again, name)))).toEqual([]);
  });

  it('has a checksum of every file', () => {
    const lines = readFileSync(join(out, 'SHA256SUMS'), 'utf8').trim().split('\n');
    const others = files(out).filter((name) => name !== 'SHA256SUMS');
    expect(lines.toSorted()).toEqual(others.map((name) => `${sha256(join(out, name))}  ${name}`).toSorted());
  });

  it('lists what is installed and what the page was bundled with, and nothing of development', () => {
    const document = bomSchema.parse(JSON.parse(readFileSync(made(/\.cdx\.json$/), 'utf8')));
    expect(document.bomFormat).toBe('CycloneDX');
    expect(document.metadata.component.name).toBe('k8s-ha');
    const manifest = manifestSchema.parse(JSON.parse(readFileSync('package.json', 'utf8')));
    const names = document.components.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(manifest.dependencies)));
    const page = ['preact', '@preact/signals', 'uplot'];
    expect(names.filter((name) => name in manifest.devDependencies).toSorted()).toEqual(page.toSorted());
  });
});

describe('the other packages', () => {
  it('one file: unpacks itself once and runs from anywhere', () => {
    const file = made(/^k8s-ha-[\d.]+$/);
    expect(run(file, ['check', example])).toContain('no problems found');
    expect(run(file, ['--version'])).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(readdirSync(join(work, 'cache', 'k8s-ha'))).toHaveLength(1);
    const wrong = spawnSync(file, ['frobnicate'], {
      cwd: work,
      env: { ...process.env, XDG_CACHE_HOME: join(work, 'cache') },
    });
    expect(wrong.status).toBe(2);
  });

  it('Debian: has the program, its man page and completions where they belong, and runs', () => {
    const deb = made(/_all\.deb$/);
    const root = join(work, 'root');
    run('dpkg-deb', ['--extract', deb, root]);
    expect(run(join(root, 'usr/bin/k8s-ha'), ['check', example])).toContain('no problems found');
    expect(run('man', ['--warnings', '-l', join(root, 'usr/share/man/man1/k8s-ha.1.gz')])).toContain('k8s-ha import');
    expect(run('bash', ['-n', join(root, 'usr/share/bash-completion/completions/k8s-ha')])).toBe('');
    const control = run('dpkg-deb', ['--field', deb]);
    expect(control).toContain('Package: k8s-ha');
    expect(control).toMatch(/^Depends: nodejs \(>= 20\.19\), openssh-client$/m);
  });

  it('completion: knows commands, options, choices and files', () => {
    expect(complete('imp')).toContain('import\t');
    expect(complete('import', '--fr')).toContain('--from\t');
    expect(complete('check', '--output', '')).toContain('json');
    expect(complete('check', 'examples/tut')).toContain('examples/tutorial.yaml');
  });
});
