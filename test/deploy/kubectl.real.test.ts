import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { builtPrograms } from '../render/support/api-server.ts';
import { missingPrograms } from './missing.ts';

/** The kubectl that the lab has built, if it has; else one that is installed. */
const programs = builtPrograms();
const missing = programs === undefined ? missingPrograms('the plugin of kubectl', ['kubectl']) : [];
const built = existsSync('dist/cli/main.js');
if (!built) process.stderr.write('LEFT OUT: the plugin of kubectl, because it needs `npm run build`.\n');

/** It finds our programs as it finds every plugin: by the PATH. */
function kubectl(...args: readonly string[]) {
  const env = {
    ...process.env,
    PATH: [resolve('bin'), ...(programs === undefined ? [] : [programs]), process.env['PATH']].join(delimiter),
  };
  return spawnSync('kubectl', args, { encoding: 'utf8', env });
}

describe.skipIf(missing.length > 0 || !built)('kubectl ha', () => {
  test('is a plugin that kubectl lists', () => {
    expect(kubectl('plugin', 'list').stdout).toContain(`${resolve('bin')}/kubectl-ha\n`);
  });

  test('is the program: the same answers and exit codes', () => {
    const good = kubectl('ha', 'check', 'examples/tutorial.yaml', '-o', 'json');
    expect(good).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(good.stdout)).toBeTruthy();
    expect(kubectl('ha', 'check', 'no-such.yaml').status).toBe(2);
    expect(kubectl('ha', 'status', '--help').stdout).toContain('the verdict first');
  });

  test('completes commands and options, as kubectl asks for them', () => {
    expect(kubectl('__complete', 'ha', 'sta').stdout).toMatch(/^status\tthe verdict first.*\n:4\n$/);
    expect(kubectl('__complete', 'ha', 'status', '--o').stdout).toMatch(/^--output\t/);
  });
});
