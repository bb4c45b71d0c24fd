// Builds src/ into dist/, or into the folder given as an argument, which is emptied first: nothing of a source that has
// moved or gone stays behind. After the compiler come three bundles: the web page (one script, one style sheet, nothing from
// elsewhere), the command line, and the prober, in a few modules instead of hundreds: reading them took half a second for
// every command. With --programs types are neither checked nor written: for tests of what runs, beside which `npm run typecheck`
// runs anyway.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { embed } from './embed.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const programsOnly = process.argv.includes('--programs');
const out = resolve(process.argv.slice(2).find((word) => word !== '--programs') ?? join(root, 'dist'));
const page = join(root, 'src/ui/web/page');

embed();
rmSync(out, { recursive: true, force: true });

const tsc = join(root, 'node_modules/typescript/bin/tsc');
const unchecked = programsOnly ? ['--noCheck', '--declaration', 'false'] : [];
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', out, ...unchecked], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) process.exit(1);

const pageBundle = await build({
  absWorkingDir: root,
  metafile: true,
  entryPoints: ['main.tsx', 'app.css'].map((name) => ({ in: join(page, name), out: 'app' })),
  outdir: join(out, 'ui/web/page'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'warning',
});
writeNotices(pageBundle.metafile);
copyFileSync(join(page, 'index.html'), join(out, 'ui/web/page/index.html'));

// The command line, the prober of its drills, and what others import of `check` and `status`; what they share is beside them.
const cli = join(root, 'src/cli');
const bundle = await build({
  absWorkingDir: root,
  metafile: true,
  entryPoints: ['cli/main', 'drill/prober/main', 'cluster-file', 'status'].map((name) => join(root, `src/${name}.ts`)),
  outbase: join(root, 'src'),
  outdir: out,
  chunkNames: 'cli/shared-[hash]',
  bundle: true,
  splitting: true,
  // The compiler has written these files too.
  allowOverwrite: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Libraries that are CommonJS call require().
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  legalComments: 'eof',
  logLevel: 'warning',
  plugins: [{ name: 'know where they are', setup: knowWhereTheyAre }],
});
for (const [file, { inputs }] of Object.entries(bundle.metafile.outputs))
  if (dirname(join(root, file)) !== join(out, 'cli'))
    for (const input of Object.keys(inputs))
      if (input.startsWith('src/') && readFileSync(join(root, input), 'utf8').includes('import.meta.url'))
        throw new Error(`${file} holds ${input}, which would look for its files in the wrong folder.`);
// scripts/setup.sh takes its time as that of the build.
utimesSync(join(out, 'cluster-file.js'), new Date(), new Date());

/**
 * Leaves libraries out that are loaded on demand, and lets each module know where the compiler put it: modules find files of the
 * package from there, while the bundle's are all in `cli/`.
 */
function knowWhereTheyAre({ onResolve, onLoad }) {
  onResolve({ filter: /^[^.]/ }, ({ kind, path }) =>
    kind === 'dynamic-import' ? { path, external: true } : undefined,
  );
  onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
    const file = relative(cli, path).replace(/\.ts$/, '.js');
    const here = `new URL('${file}', import.meta.url).href`;
    return { contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', here), loader: 'ts' };
  });
}

/**
 * The page holds libraries that no user installs. Their licences ask to be named with every copy; the bill of materials
 * (scripts/sbom.mjs) takes names and versions from bundled.json.
 */
function writeNotices({ inputs }) {
  const names = Object.keys(inputs).flatMap((file) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
  const libraries = [...new Set(names)].toSorted().map((name) => {
    const folder = join(root, 'node_modules', name);
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const licence = readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
    return { name, version, text: readFileSync(join(folder, licence), 'utf8').trim() };
  });
  const notices = libraries.map(({ name, version, text }) => `${name} ${version}\n\n${text}\n`);
  writeFileSync(join(out, 'ui/web/page/LICENSES.txt'), notices.join(`\n${'-'.repeat(80)}\n\n`));
  const versions = Object.fromEntries(libraries.map(({ name, version }) => [name, version]));
  writeFileSync(join(out, 'ui/web/page/bundled.json'), `${JSON.stringify(versions, null, 2)}\n`);
}
