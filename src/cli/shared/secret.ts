import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorText } from '../../core/error.ts';
import { print, tell } from './output.ts';
import { readUpTo } from './read.ts';
import { UsageError } from './usage.ts';

/** More than any secret or kubeconfig has. */
const longestText = 1024 * 1024;

/**
 * Reads a file, or standard input for `-`, up to a bound: secrets never stand in arguments, which every user of the machine sees.
 * @throws UsageError where it cannot be read, or is too long; what was read is never repeated
 */
export async function readText(file: string, limit = longestText): Promise<string> {
  try {
    const parts: Buffer[] = file === '-' ? [] : [readUpTo(file, limit + 1)];
    let length = parts[0]?.length ?? 0;
    if (file === '-')
      for await (const part of process.stdin) {
        const bytes = Buffer.from(part);
        parts.push(bytes);
        length += bytes.length;
        if (length > limit) break;
      }
    if (length > limit) throw new Error(`it has more than ${limit} bytes`);
    return Buffer.concat(parts).toString('utf8');
  } catch (error) {
    throw new UsageError(`${file === '-' ? 'standard input' : file} cannot be read: ${errorText(error)}`);
  }
}

/** Writes a file that only its owner can read: whole or not at all, also over a file that others could read. */
export async function writeSecret(file: string, text: string): Promise<void> {
  const part = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}`);
  try {
    const handle = await open(part, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw new UsageError(`${file} cannot be written: ${errorText(error)}`);
  }
}

/**
 * Hands a text with secrets out: to a file, or to standard output where that is no terminal, or was asked for with `-`.
 * @param what it is, for the sentence that refuses a terminal
 */
export async function giveSecret(what: string, text: string, out: string | undefined): Promise<void> {
  if (out !== undefined && out !== '-') {
    await writeSecret(out, text);
    return tell(`${out}: written, readable by you alone`);
  }
  refuseTerminal(what, out);
  return print(text);
}

/** Before anything is asked or read, where the text would end on a terminal. @throws UsageError */
export function refuseTerminal(what: string, out: string | undefined): void {
  if (out === undefined && process.stdout.isTTY)
    throw new UsageError(
      `${what} has secrets, and is not shown on a terminal`,
      'Name a file with --out FILE, or - to show it.',
    );
}
