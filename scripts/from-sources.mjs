// Loads modules of src/ as they are now, bundled in a second: for what needs them and no build.
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'node_modules/.cache/from-sources');

/** @param exports what is wanted, as lines of `export { name } from './path/in/src.ts';` */
export async function fromSources(exports) {
  await rm(folder, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    stdin: { contents: exports, resolveDir: join(root, 'src'), sourcefile: 'wanted.ts', loader: 'ts' },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
    plugins: [{ name: 'where sources are', setup: whereTheyAre }],
  });
  return import(pathToFileURL(join(folder, 'stdin.mjs')).href);
}

/** Files beside a source are where the source is, not where the bundle is. */
function whereTheyAre({ onLoad }) {
  onLoad({ filter: /\/src\/.*\.ts$/ }, async ({ path }) => ({
    contents: (await readFile(path, 'utf8')).replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
    loader: 'ts',
  }));
}
