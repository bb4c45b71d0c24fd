import { CommanderError } from 'commander';
import { tell } from './shared/output.ts';
import { buildProgram } from './program.ts';
import { UsageError } from './shared/usage.ts';

/** Exit codes: 0 fine, 1 findings or a failed gate or drill, 2 wrong usage, 3 and 4 of `status`, 130 interrupted. */
async function main(argv: readonly string[]): Promise<number> {
  const program = await buildProgram(argv[0]);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UsageError) {
      tell(`k8s-ha: ${error.message}${error.suggestion === undefined ? '' : `\n  ${error.suggestion}`}`);
      return 2;
    }
    // What the system refused needs no place in our sources; anything else is a mistake of ours, and keeps its trace.
    if (error instanceof Error && 'syscall' in error) {
      tell(`k8s-ha: ${error.message}`);
      return 1;
    }
    throw error;
  }
}

process.exit(await main(process.argv.slice(2)));
