import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const sources = [
  'core/result',
  'drill/probe',
  'drill/prober/config',
  'drill/prober/schedule',
  'drill/prober/tls-probe',
  'drill/prober/main',
];

/** Compiles the prober alone into a folder, so that its process can be tested without a build. Returns the program's path. */
export const compileProber = async (folder: string): Promise<string> => {
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  for (const source of sources) {
    const target = join(folder, `${source}.js`);
    const text = await readFile(new URL(`../../../src/${source}.ts`, import.meta.url), 'utf8');
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        rewriteRelativeImportExtensions: true,
      },
    });
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
  }
  return join(folder, 'drill/prober/main.js');
};
