import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { flagsOf } from '../../src/cli/shared/upgrade-kubernetes.ts';

/** What the verb is given of a command line. */
async function given(...words: readonly string[]) {
  const program = await buildProgram('upgrade');
  const verb = program.commands
    .find((each) => each.name() === 'upgrade')
    ?.commands.find((each) => each.name() === 'kubernetes');
  if (!verb) throw new Error('there is no such verb');
  let told: unknown;
  verb.action((version: string, file: string, own: Parameters<typeof flagsOf>[0]) => {
    told = { version, file, ...flagsOf(own, verb) };
  });
  await program.parseAsync(['upgrade', 'kubernetes', ...words], { from: 'user' });
  return told;
}

describe('upgrade kubernetes', () => {
  test('asks, and prints text, where nothing is said', async () => {
    expect(await given('1.36.3', 'prod.yaml')).toEqual({
      version: '1.36.3',
      file: 'prod.yaml',
      from: '/opt/kubernetes',
      replacePrograms: false,
      keepPods: false,
      dryRun: false,
      yes: false,
      breakLock: false,
      output: 'text',
    });
  });

  test.each([['after'], ['before']])('gets options that `upgrade` has too, %s its arguments', async (where) => {
    const options = ['--yes', '--break-lock', '-o', 'json', '--plan', 'abc', '--from', '/mnt/k', '--keep-pods'];
    const words = ['1.36.3', 'prod.yaml'];
    expect(await given(...(where === 'after' ? [...words, ...options] : [...options, ...words]))).toMatchObject({
      version: '1.36.3',
      file: 'prod.yaml',
      yes: true,
      breakLock: true,
      output: 'json',
      plan: 'abc',
      from: '/mnt/k',
      keepPods: true,
    });
  });

  test('refuses what is for HAProxy and keepalived', async () => {
    await expect(given('1.36.3', 'prod.yaml', '--package', 'haproxy')).rejects.toThrow('for HAProxy and keepalived');
  });
});
