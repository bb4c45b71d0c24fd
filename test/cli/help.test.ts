import { Command, CommanderError } from 'commander';
import { describe, expect, test, vi } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

/** Every command that does something, with its full name. */
function leaves(command: Command, path = ''): { name: string; command: Command }[] {
  return command.commands.length === 0
    ? [{ name: path, command }]
    : command.commands.flatMap((child) => leaves(child, `${path} ${child.name()}`.trim()));
}

async function complaint(argv: readonly string[]): Promise<string> {
  const written: string[] = [];
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    await (await buildProgram(argv[0])).parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
  } finally {
    spy.mockRestore();
  }
  return written.join('');
}

const program = await buildProgram();

describe('the command line', () => {
  test.each(leaves(program))('$name has an example in its help, which names it', ({ name, command }) => {
    const help = helpOf(command);
    expect(help).toMatch(/Examples?:\n/);
    expect(help.slice(help.indexOf('Example'))).toContain(`k8s-ha ${name}`);
  });

  test('suggests the command and the flag that were meant', async () => {
    expect(await complaint(['aply'])).toContain('Did you mean apply?');
    expect(await complaint(['apply', '--yess'])).toContain('Did you mean --yes?');
    expect(await complaint(['lab', 'upp'])).toContain('Did you mean up?');
    expect(await complaint(['check', '--outptu', 'json'])).toContain('Did you mean --output?');
  });
});
