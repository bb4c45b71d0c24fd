// Bundles the web page into dist/views/web/page: one script, one style sheet, no other file, nothing from elsewhere.
import { copyFileSync } from 'node:fs';
import { build } from 'esbuild';

const from = new URL('../src/views/web/page/', import.meta.url);
const to = new URL('../dist/views/web/page/', import.meta.url);

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
