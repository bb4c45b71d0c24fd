import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock, withLockIfFree } from './lock.ts';
import { imagesDir } from './paths.ts';
import { problem, stop } from './problem.ts';
import type { Runner } from './process.ts';
import { buildArgv, fetchOptions, isFetchFailure, makeRecipe, recipeHash, type Recipe } from './recipe.ts';
import { codenameOf, linesOfOther, readSources } from './sources.ts';

type Progress = (text: string) => void;

/** Where the cached base image is that machines are overlays of. */
export const imageDir = (hash: string): string => join(imagesDir(), hash);

const unfinished = '.building-';

/**
 * Gives `use` a base image for each release, built first where the cache has none, while nobody else can build or remove
 * images; what `use` records as the lab's images is safe from another lab's clean-up.
 * @param releases codenames of Debian; undefined is the host's own
 */
export const withImages = <T>(
  runner: Runner,
  progress: Progress,
  releases: readonly (string | undefined)[],
  use: (imageOf: (release: string | undefined) => string) => Promise<T>,
): Promise<T> =>
  withLock(
    'images',
    async () => {
      const hashes = new Map<string | undefined, string>();
      for (const release of new Set(releases)) {
        const recipe = await hostRecipe(runner, release);
        const hash = recipeHash(recipe);
        hashes.set(release, hash);
        if (!(await exists(imageDir(hash)))) await build(runner, recipe, hash, progress);
      }
      return use((release) => hashes.get(release) ?? '');
    },
    { signal: runner.signal, onWait: (pid) => progress(`Waiting for process ${pid}, which builds the base image`) },
  );

/** Removes every image but those named; `[]` empties the cache. Half-built ones go too. */
export const removeImages = (keep: () => Promise<readonly string[]>): Promise<void> =>
  withLock('images', async () => {
    await removeImagesExcept(await keep());
  });

/** Like `removeImages`, for one who holds the images already. */
export const removeImagesExcept = async (keep: readonly string[]): Promise<void> => {
  const names = await readdir(imagesDir()).catch(() => []);
  await Promise.all(
    names
      .filter((name) => !keep.includes(name))
      .map((name) => rm(join(imagesDir(), name), { recursive: true, force: true })),
  );
};

/** Removes what a killed build left, unless somebody is building. */
export const removeUnfinishedImages = (): Promise<void> => withLockIfFree('images', removeDead);

const removeDead = async (): Promise<void> => {
  // Called with the lock held, so an unfinished build belongs to a process that died.
  const names = await readdir(imagesDir()).catch(() => []);
  const dead = names.filter((name) => name.startsWith(unfinished));
  await Promise.all(dead.map((name) => rm(join(imagesDir(), name), { recursive: true, force: true })));
};

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Like the host, from the same mirrors; of another release where one is given. */
const hostRecipe = async (runner: Runner, release: string | undefined): Promise<Recipe> => {
  const host = codenameOf(await readFile('/etc/os-release', 'utf8').catch(() => ''));
  const codename = release ?? host;
  const sources = linesOfOther(await readSources(), host, codename);
  if (sources.length === 0)
    throw stop(
      problem('no-apt-sources', `apt has no source for the Debian release${codename && ` ${codename}`}`, {
        reason: "The lab machines are made of this host's own release unless told otherwise, from the same mirrors.",
        suggestion: 'Add the release to /etc/apt/sources.list.d and run apt-get update.',
      }),
    );
  const dump = await runner.run(['apt-config', 'dump', '--format', '%F "%v";%n', 'Acquire']);
  const architecture = (await runner.run(['dpkg', '--print-architecture'])).stdout.trim();
  return makeRecipe({ codename, architecture, sources, aptOptions: fetchOptions(dump.stdout) });
};

const build = async (runner: Runner, recipe: Recipe, hash: string, progress: Progress): Promise<void> => {
  await removeDead();
  const temporary = join(imagesDir(), `${unfinished}${hash}`);
  await mkdir(imagesDir(), { recursive: true, mode: 0o700 });
  progress(`Building the base image: Debian ${recipe.codename} (once, about half a minute)`);
  try {
    const ran = await runner.run(buildArgv(recipe, temporary), {
      input: `${recipe.sources.join('\n')}\n`,
      timeoutMs: 15 * 60_000,
      onLine: (line) => /^I: (?!.*(?:hook|skipping))/.test(line) && progress(`Base image: ${line.slice(3)}`),
    });
    if (ran.rc !== 0) throw buildFailure(ran.stderr);
    await runner.must('finish the base image', ['sync', '-f', temporary]);
    await rename(temporary, imageDir(hash));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
};

const buildFailure = (stderr: string): Error => {
  const lines = stderr.split('\n').filter((line) => /^\s*(?:E|W|Err):?/.test(line));
  const said = (lines.length > 0 ? lines : stderr.trim().split('\n')).slice(-6).join('\n');
  if (isFetchFailure(stderr))
    return stop(
      problem(
        'no-package-mirror',
        `the base image needs Debian packages, and the mirror could not be reached: ${said}`,
        {
          suggestion:
            'Check that apt-get update works here (network, proxy), then run the command again. Nothing was left half done.',
        },
      ),
    );
  return stop(problem('image', `the base image could not be built: ${said}`));
};
