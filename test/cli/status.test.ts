import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { UsageError } from '../../src/cli/shared/usage.ts';

async function refused(...argv: readonly string[]): Promise<string> {
  const program = await buildProgram('status');
  try {
    await program.parseAsync(['status', ...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('status refuses, before it asks any node,', () => {
  test.each([
    [['a.yaml', '--watch', '-o', 'json'], '--watch shows a screen, not JSON'],
    [['a.yaml', '--watch', '-o', 'yaml'], '--watch shows a screen, not YAML'],
    [['a.yaml', 'b.yaml', '--watch'], '--watch shows one cluster'],
    [['a.yaml', '--short', '-o', 'json'], '--short is one line of text'],
    [['a.yaml', '--short', '--watch'], '--short is one line of text'],
  ])('%j', async (argv, message) => {
    expect(await refused(...argv)).toBe(message);
  });
});
