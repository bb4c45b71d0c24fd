import { describe, expect, it } from 'vitest';
import { buildArgv, fetchOptions, isFetchFailure, makeRecipe, recipeHash } from '../../../src/lab/base/recipe.ts';

const host = {
  codename: 'bookworm',
  architecture: 'amd64',
  sources: ['deb http://mirror.example/debian bookworm main'],
  aptOptions: ['Acquire::Check-Valid-Until "false";'],
};
const recipe = makeRecipe(host);

describe('the image recipe', () => {
  it('names the same image for the same recipe, and another for any change', () => {
    expect(recipeHash(recipe)).toBe(recipeHash(makeRecipe({ ...host })));
    const changed = [
      { ...recipe, codename: 'trixie' },
      { ...recipe, sources: [] },
      { ...recipe, packages: [...recipe.packages, 'vim'] },
      { ...recipe, customize: `${recipe.customize}true\n` },
    ];
    expect(new Set([recipe, ...changed].map(recipeHash)).size).toBe(5);
  });

  it('builds in a process namespace that dies with the one who asked', () => {
    const argv = buildArgv(recipe, '/images/x');
    expect(argv.slice(0, 3)).toEqual(['setpriv', '--pdeathsig', 'SIGKILL']);
    expect(argv).toContain('--kill-child');
    expect(argv.slice(-3)).toEqual(['bookworm', '/images/x', '-']);
    expect(argv).toContain('--aptopt=Acquire::Check-Valid-Until "false";');
  });

  it('takes the options about fetching from apt, and no others', () => {
    const dump = [
      'Acquire "";',
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::https::Verify-Peer "";',
      'Acquire::Check-Valid-Until "false";',
      'Acquire::Languages:: "none";',
      'Acquire::IndexTargets::deb::Packages::ShortDescription "Packages";',
    ].join('\n');
    expect(fetchOptions(dump)).toEqual([
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::Check-Valid-Until "false";',
    ]);
  });

  it('tells a mirror that cannot be reached from a build that went wrong', () => {
    expect(
      isFetchFailure('E: Failed to fetch http://m/x  Could not connect to m:80 (1.2.3.4), connection timed out'),
    ).toBe(true);
    expect(isFetchFailure("W: Temporary failure resolving 'mirror.example'")).toBe(true);
    expect(isFetchFailure('E: Unable to locate package nosuch')).toBe(false);
  });
});
