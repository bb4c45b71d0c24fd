import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { buildProgram, previous } from '../../../src/lab/kubernetes/build.ts';
import { labHome } from '../../../src/lab/paths.ts';
import { createRunner } from '../../../src/lab/process.ts';

/** @returns the path of a kubeadm of the minor version before, built from its pinned Go module once and kept beside the others */
export async function previousKubeadm(): Promise<string> {
  const sums = await readFile(new URL(`../../../lab/${previous.module}/go.sum`, import.meta.url), 'utf8');
  const key = createHash('sha256')
    .update(JSON.stringify([sums, previous]))
    .digest('hex')
    .slice(0, 12);
  const dir = join(labHome(), 'kubernetes');
  const kept = join(dir, `${previous.program}-${key}`);
  const there = await access(kept).then(
    () => true,
    () => false,
  );
  if (there) return kept;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const unfinished = join(dir, `.unfinished-${previous.program}-${process.pid}`);
  await buildProgram(createRunner('kubeadm'), previous, unfinished, () => undefined);
  await rename(join(unfinished, previous.program), kept);
  return kept;
}
