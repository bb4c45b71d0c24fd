import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { maxAddonBytes, parseAddons, type AddonObject } from '../../cluster-file.ts';
import { errorText } from '../../core/error.ts';
import type { Finding } from '../../core/finding.ts';
import { err, type Result } from '../../core/result.ts';
import { readUpTo } from './read.ts';

function problem(message: string, suggestion: string): Finding {
  return {
    rule: 'addons-folder',
    severity: 'error',
    message,
    path: ['addons'],
    suggestion,
  };
}

/**
 * Reads every .yaml, .yml and .json file of the add-ons folder; folders in it are not looked into.
 * @param dir as the cluster file says it
 * @param clusterFile the file that says it: a relative folder is beside it
 */
export async function readAddons(
  dir: string,
  clusterFile: string,
): Promise<Result<readonly AddonObject[], readonly Finding[]>> {
  const folder = resolve(dirname(clusterFile), dir);
  try {
    const names = (await readdir(folder)).filter((name) => /\.(?:ya?ml|json)$/.test(name));
    const about = await Promise.all(names.map(async (name) => ({ name, found: await stat(join(folder, name)) })));
    const other = about.find(({ found }) => !found.isFile());
    if (other) return err([problem(`${join(dir, other.name)} is not a regular file`, 'Take it out of the folder.')]);
    const sizes = about.map(({ found }) => found.size);
    if (sizes.reduce((sum, size) => sum + size, 0) > maxAddonBytes)
      return err([
        problem(
          `the add-ons in ${dir} have more than ${maxAddonBytes / 1024} KiB`,
          'Only what must work before anything else does belongs here.',
        ),
      ]);
    const texts = names.map((name) => readUpTo(join(folder, name), maxAddonBytes).toString('utf8'));
    return parseAddons(names.map((name, i) => ({ name: join(dir, name), text: texts[i] ?? '' })));
  } catch (error) {
    return err([
      problem(`the add-ons folder cannot be read: ${errorText(error)}`, 'It is relative to the cluster file.'),
    ]);
  }
}
