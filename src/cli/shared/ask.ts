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

/** Asks for a word to be typed, where a yes could be a slip of the finger. */
export async function confirmByWord(message: string, word: string, { yes }: { yes: boolean }): Promise<boolean> {
  if (yes) return true;
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new UsageError(
      'this changes the cluster, and there is no terminal to ask on',
      'Say --yes to go on without being asked.',
    );
  const prompts = await import('@clack/prompts');
  return (await prompts.text({ message: `${message} Type ${word} to go on:` })) === word;
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
