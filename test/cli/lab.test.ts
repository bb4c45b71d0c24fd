import { describe, expect, it } from 'vitest';
import { withoutDashes } from '../../src/cli/commands/lab.ts';
import { buildProgram } from '../../src/cli/program.ts';

/** What `k8s-ha lab VERB …` would run, and in which lab. */
async function parsed(verb: 'ssh' | 'run', words: readonly string[]): Promise<unknown> {
  const program = await buildProgram('lab');
  const command = program.commands.find((one) => one.name() === 'lab')?.commands.find((one) => one.name() === verb);
  let found: unknown;
  if (verb === 'ssh')
    command?.action((node: string, line: string[], { name }: { name: string }) => {
      found = [name, node, ...withoutDashes(line)];
    });
  else
    command?.action((line: string[], { name }: { name: string }) => {
      found = [name, ...withoutDashes(line)];
    });
  await program.parseAsync(['lab', verb, ...words], { from: 'user' });
  return found;
}

describe('a command in the lab', () => {
  it.each([
    [
      ['cp2', 'ls', '-l', '/etc'],
      ['lab', 'cp2', 'ls', '-l', '/etc'],
    ],
    [
      ['cp2', 'keepalived', '--version'],
      ['lab', 'cp2', 'keepalived', '--version'],
    ],
    [
      ['cp2', 'sshd', '-V'],
      ['lab', 'cp2', 'sshd', '-V'],
    ],
    [
      ['cp2', '--', 'ls', '-l'],
      ['lab', 'cp2', 'ls', '-l'],
    ],
    [
      ['--name', 'other', 'cp2', 'uptime', '--name', 'x'],
      ['other', 'cp2', 'uptime', '--name', 'x'],
    ],
    [['cp2'], ['lab', 'cp2']],
  ])('of a machine has its own options: %j', async (words, expected) => {
    expect(await parsed('ssh', words)).toEqual(expected);
  });

  it.each([
    [
      ['curl', '-k', 'https://x'],
      ['lab', 'curl', '-k', 'https://x'],
    ],
    [
      ['--name', 'other', '--', 'k8s-ha', 'status', '--help'],
      ['other', 'k8s-ha', 'status', '--help'],
    ],
  ])('of the client has too: %j', async (words, expected) => {
    expect(await parsed('run', words)).toEqual(expected);
  });
});
