// Builds src/ into dist/, or into the folder given as the only argument, which is emptied first: nothing of a source that has
// moved or gone stays behind. After the compiler come two bundles: the web page (one script, one style sheet, nothing from
// elsewhere), and what `check` needs of this project and its libraries in one module instead of 150: reading them took a third
// of the time until it answers.
import { spawnSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = resolve(process.argv[2] ?? join(root, 'dist'));
const page = join(root, 'src/ui/web/page');

rmSync(out, { recursive: true, force: true });

const tsc = join(root, 'node_modules/typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', out], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) process.exit(1);

await build({
  absWorkingDir: root,
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
copyFileSync(join(page, 'index.html'), join(out, 'ui/web/page/index.html'));

// The last file written: scripts/setup.sh takes its time as that of the build.
await build({
  absWorkingDir: root,
  entryPoints: [join(root, 'src/cluster-file.ts')],
  outfile: join(out, 'cluster-file.js'),
  bundle: true,
  // The compiler has written this file too.
  allowOverwrite: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Libraries that are CommonJS call require().
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  legalComments: 'eof',
  logLevel: 'warning',
});
