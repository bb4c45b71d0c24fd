import { open, realpath, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { errorCode, errorText } from '../../core/error.ts';
import type { Result } from '../../core/result.ts';
import { tell } from './output.ts';
import { readText, writeSecret } from './secret.ts';
import { UsageError } from './usage.ts';
import { makeFolder } from './write.ts';

/** kubectl writes to the first file that $KUBECONFIG names. */
export function usedByKubectl(variable: string | undefined): string {
  const [first] = (variable ?? '').split(delimiter).filter((file) => file !== '');
  return first ?? join(homedir(), '.kube', 'config');
}

/**
 * Changes a kubeconfig under kubectl's own lock, so that neither loses what the other wrote. The previous text stays beside it,
 * with its time in the name; both are readable by their owner alone.
 * @param alone what is written where there is no such file yet
 * @param merge the new text; an error leaves the file as it is
 * @throws UsageError where it cannot be read, merged or written
 */
export async function mergeInto(
  named: string,
  alone: string,
  merge: (present: string) => Result<string, string>,
): Promise<void> {
  const file = await realpath(named).catch(() => named);
  const release = await lock(file);
  try {
    if (!(await exists(file))) return await writeSecret(file, alone);
    const present = await readText(file);
    const merged = merge(present);
    if (!merged.ok)
      throw new UsageError(
        `${file} was left as it is: ${merged.error}`,
        'Name another --context, or write a file of its own with --out.',
      );
    const backup = `${file}.${new Date().toISOString().replaceAll(/[-:.]/g, '')}`;
    await writeSecret(backup, present);
    tell(`  · the previous one is ${backup}`);
    await writeSecret(file, merged.value);
  } finally {
    await release();
  }
}

/** client-go makes this file beside a kubeconfig while it writes (tools/clientcmd/config.go). */
async function lock(file: string): Promise<() => Promise<void>> {
  try {
    makeFolder(dirname(file), 0o700);
    await (await open(`${file}.lock`, 'wx', 0o600)).close();
  } catch (error) {
    throw errorCode(error) === 'EEXIST'
      ? new UsageError(`${file} is being written by kubectl`, `If no kubectl runs, remove ${file}.lock.`)
      : new UsageError(`${file} cannot be written: ${errorText(error)}`);
  }
  return async () => rm(`${file}.lock`, { force: true });
}

async function exists(file: string): Promise<boolean> {
  try {
    await (await open(file, 'r')).close();
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw new UsageError(`${file} cannot be read: ${errorText(error)}`);
  }
}
