// Writes the man page, made from the commands themselves, to standard output. `npm run build` comes first; an argument names
// another folder than dist/ that was built.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const dist = pathToFileURL(`${resolve(process.argv[2] ?? new URL('../dist', import.meta.url).pathname)}/`);
const { buildProgram } = await import(new URL('cli/program.js', dist));
const { manPage } = await import(new URL('cli/shared/man.js', dist));

process.stdout.write(manPage(await buildProgram()));
