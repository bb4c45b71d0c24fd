import { UsageError } from './usage.ts';

/** Asks yes or no on a terminal; without one it refuses instead of guessing. */
export async function confirm(message: string, { yes }: { yes: boolean }): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new UsageError(
      'this changes the cluster, and there is no terminal to ask on',
      'Say --yes to go on without being asked.',
    );
  const prompts = await import('@clack/prompts');
  const answer = await prompts.confirm({ message, initialValue: false });
  return answer === true;
}

/** Has somebody at a terminal type a word; anything else is a no. */
export async function typed(message: string, word: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new UsageError(
      'this takes a cluster down, and there is no terminal to ask on',
      `Say --yes --confirm ${word} to go on without being asked.`,
    );
  const prompts = await import('@clack/prompts');
  return (await prompts.text({ message })) === word;
}
