import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock, withLockIfFree } from '../lock.ts';
import { imagesDir } from '../paths.ts';
import type { Runner } from '../process.ts';

/** Where a cached image is: one that machines are overlays of, or a store of container images. */
export function imageDir(name: string): string {
  return join(imagesDir(), name);
}

const unfinished = '.building-';

/**
 * Runs `use` while nobody else can build or remove images; what `use` records as the lab's images is safe from another
 * lab's clean-up.
 */
export function withImages<T>(runner: Runner, progress: (text: string) => void, use: () => Promise<T>): Promise<T> {
  return withLock('images', use, {
    signal: runner.signal,
    onWait: (pid) => progress(`Waiting for process ${pid}, which builds an image`),
  });
}

/**
 * Makes sure that the image `name` is in the cache. `build` fills a folder that becomes the image only when it is whole and on
 * the disk. The caller holds the images (`withImages`).
 */
export async function ensureImage(runner: Runner, name: string, build: (dir: string) => Promise<void>): Promise<void> {
  if (await exists(imageDir(name))) return;
  await removeDead();
  const temporary = imageDir(`${unfinished}${name}`);
  await mkdir(imagesDir(), { recursive: true, mode: 0o700 });
  try {
    await build(temporary);
    await runner.must('finish the image', ['sync', '-f', temporary]);
    await rename(temporary, imageDir(name));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** Removes every image that no lab uses. Half-built ones go too. */
export function removeImages(inUse: () => Promise<readonly string[]>): Promise<void> {
  return withLock('images', async () => {
    const used = await inUse();
    await removeImagesExcept((name) => used.includes(name));
  });
}

/** Removes every image that is not kept, for one who holds the images already. */
export async function removeImagesExcept(isKept: (name: string) => boolean): Promise<void> {
  const names = await readdir(imagesDir()).catch(() => []);
  await Promise.all(
    names.filter((name) => !isKept(name)).map((name) => rm(imageDir(name), { recursive: true, force: true })),
  );
}

/** Removes what a killed build left, unless somebody is building. */
export function removeUnfinishedImages(): Promise<void> {
  return withLockIfFree('images', removeDead);
}

async function removeDead(): Promise<void> {
  // Called with the lock held, so an unfinished build belongs to a process that died.
  const names = await readdir(imagesDir()).catch(() => []);
  const dead = names.filter((name) => name.startsWith(unfinished));
  await Promise.all(dead.map((name) => rm(imageDir(name), { recursive: true, force: true })));
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
