import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Makes the packages as scripts/package.sh does, and uses them as their users would. Needs npm's registry or cache. */
const work = mkdtempSync(join(tmpdir(), 'k8s-ha-packages-'));
const out = join(work, 'out');
const example = resolve('examples/tutorial.yaml');

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

beforeAll(() => {
  execFileSync(resolve('scripts/package.sh'), [out], { stdio: 'ignore' });
}, 300_000);
afterAll(() => {
  rmSync(work, { recursive: true, force: true });
});

describe('the packages', () => {
  it('npm: installs in an empty folder and runs', { timeout: 120_000 }, () => {
    const folder = join(work, 'empty');
    mkdirSync(folder);
    // Not the operator's HOME here: npm's own settings say where the registry is.
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', made(/\.tgz$/)], { cwd: folder });
    expect(run('node_modules/.bin/k8s-ha', ['check', example], folder)).toContain('nothing to find fault with');
    expect(run('node_modules/.bin/k8s-ha', ['predict', example], folder)).toContain('HAProxy is killed');
    expect(readdirSync(join(folder, 'node_modules', 'k8s-ha')).toSorted()).not.toContain('src');
  });

  it('one file: unpacks itself once and runs from anywhere', () => {
    const file = made(/^k8s-ha-[\d.]+$/);
    expect(run(file, ['check', example])).toContain('nothing to find fault with');
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
    expect(run(join(root, 'usr/bin/k8s-ha'), ['check', example])).toContain('nothing to find fault with');
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
