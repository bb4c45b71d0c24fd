import { readFile } from 'node:fs/promises';
import { ensureImage } from './cache.ts';
import { problem, stop } from '../problem.ts';
import type { Runner } from '../process.ts';
import { buildArgv, fetchOptions, isFetchFailure, makeRecipe, recipeHash, type AptHost } from './recipe.ts';
import { codenameOf, linesOfOther, readSources } from './sources.ts';

/**
 * Makes sure that there is a base image of a release, and names it. The caller holds the images.
 * @param release codename of Debian; undefined is the host's own
 */
export async function baseImage(
  runner: Runner,
  progress: (text: string) => void,
  release: string | undefined,
): Promise<string> {
  const recipe = makeRecipe(await aptHost(runner, release));
  const hash = recipeHash(recipe);
  await ensureImage(runner, hash, async (dir) => {
    progress(`Building the base image: Debian ${recipe.codename} (once, about half a minute)`);
    const ran = await runner.run(buildArgv(recipe, dir), {
      input: `${recipe.sources.join('\n')}\n`,
      timeoutMs: 15 * 60_000,
      onLine: (line) => /^I: (?!.*(?:hook|skipping))/.test(line) && progress(`Base image: ${line.slice(3)}`),
    });
    if (ran.rc !== 0) throw buildFailure('base image', ran.stderr);
  });
  return hash;
}

/** Like the host, from the same mirrors; of another release where one is given. */
export async function aptHost(runner: Runner, release: string | undefined): Promise<AptHost> {
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
  return { codename, architecture, sources, aptOptions: fetchOptions(dump.stdout) };
}

/** Why an image could not be built, from what was said on standard error. */
export function buildFailure(image: string, stderr: string): Error {
  const lines = stderr.split('\n').filter((line) => /^\s*(?:E|W|Err|Error):/.test(line));
  const said = (lines.length > 0 ? lines : stderr.trim().split('\n')).slice(-6).join('\n');
  if (isFetchFailure(stderr))
    return stop(
      problem('no-package-mirror', `the ${image} needs Debian packages, and the mirror could not be reached: ${said}`, {
        suggestion:
          'Check that apt-get update works here (network, proxy), then run the command again. Nothing was left half done.',
      }),
    );
  return stop(problem('image', `the ${image} could not be built: ${said}`));
}
