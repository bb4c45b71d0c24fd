// After the compiler. Two bundles: the web page (one script, one style sheet, nothing from elsewhere), and what `check` needs
// of this project and its libraries in one module instead of 150: reading them took a third of the time until it answers.
import { copyFileSync } from 'node:fs';
import { build } from 'esbuild';

const from = new URL('../src/ui/web/page/', import.meta.url);
const to = new URL('../dist/ui/web/page/', import.meta.url);

await build({
  entryPoints: ['main.tsx', 'app.css'].map((name) => ({ in: new URL(name, from).pathname, out: 'app' })),
  outdir: to.pathname,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'warning',
});
copyFileSync(new URL('index.html', from), new URL('index.html', to));

await build({
  entryPoints: [new URL('../src/cluster-file.ts', import.meta.url).pathname],
  outfile: new URL('../dist/cluster-file.js', import.meta.url).pathname,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Libraries that are CommonJS call require().
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  legalComments: 'eof',
  logLevel: 'warning',
});
