import { describe, expect, it } from 'vitest';
import { manPage } from '../../../src/cli/shared/man.ts';
import { buildProgram } from '../../../src/cli/program.ts';

const program = await buildProgram();
const page = manPage(program);
const plain = page.replaceAll(String.raw`\-`, '-');

describe('the man page', () => {
  it.each(
    program
      .createHelp()
      .visibleCommands(program)
      .map((command) => command.name()),
  )('has %s', (name) => {
    expect(plain).toContain(name === 'help' ? '.SH COMMANDS' : `.SS k8s-ha ${name}`);
  });

  it('has every option with its explanation', () => {
    const options = program.commands.flatMap((command) => command.options.filter(({ hidden }) => !hidden));
    expect(options.length).toBeGreaterThan(20);
    for (const { flags, description } of options) expect(plain).toContain(`.B ${flags}\n${description}`);
  });

  it('has no line that roff would take for a request of its own', () => {
    const requests = page.split('\n').filter((line) => line.startsWith('.'));
    expect(requests.length).toBeGreaterThan(50);
    for (const line of requests) expect(line).toMatch(/^\.(TH|SH|SS|TP|B|I)\b/);
  });
});
