import type { UnfinishedSeen } from '../../../cluster/kubernetes.ts';
import { filled } from '../../../core/shell-text.ts';
import { etcdFiles, kubeadmFiles, renewalFile, versionFiles } from '../../../node/paths.ts';
import * as programs from '../../shell/programs.ts';

/** Files that are there while something is done to a node, each by what that is. */
const files: ReadonlyMap<string, UnfinishedSeen['work']> = new Map([
  [versionFiles.visit, 'upgrade'],
  [renewalFile, 'renewal'],
  [etcdFiles.restoreAbout, 'restore'],
  [kubeadmFiles.begun, 'making'],
]);

/** Shell function that prints a line for each of them that is there. */
export const unfinishedHelper = filled(programs.unfinished, { FILES: [...files.keys()].join(' ') });

/** Reads those lines: the path, and the first line of what is in the file. */
export function unfinishedIn(text: string): readonly UnfinishedSeen[] {
  return text.split('\n').flatMap((line): readonly UnfinishedSeen[] => {
    const [path = '', version = '', , folder = ''] = line.split(' ');
    const work = files.get(path);
    if (work === undefined) return [];
    if (work !== 'upgrade') return [{ work }];
    // What is no version comes into no command.
    return /^v1\.\d{1,3}\.\d{1,3}$/.test(version)
      ? [{ work, version, folder: /^\/[\w./+@-]*$/.exec(folder)?.[0] ?? '' }]
      : [];
  });
}
