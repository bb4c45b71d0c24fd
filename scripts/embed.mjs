// Writes src/**/shell/programs.ts: the shell programs beside it as strings, so that a program of Node.js, a bundle and the
// tests import them alike. `npm run build` runs it; a unit test fails where one is out of date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** The modules that the programs make: path and text of each. */
export function embedded() {
  const programs = readdirSync(src, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sh') && basename(entry.parentPath) === 'shell')
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  return [...new Set(programs.map((path) => dirname(path)))].map((folder) => ({
    path: join(folder, 'programs.ts'),
    text: `// Written by scripts/embed.mjs (npm run build) from the programs beside it. Do not edit.\n${programs
      .filter((path) => dirname(path) === folder)
      .map((path) => `export const ${nameOf(path)} = ${JSON.stringify(readFileSync(path, 'utf8'))};\n`)
      .join('')}`,
  }));
}

/** Writes those that are out of date. */
export function embed() {
  for (const { path, text } of embedded()) if (textOf(path) !== text) writeFileSync(path, text);
}

function nameOf(path) {
  return basename(path, '.sh').replaceAll(/-(.)/g, (_, letter) => letter.toUpperCase());
}

function textOf(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
