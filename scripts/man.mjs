// Writes the man page, made from the commands themselves, to standard output. `npm run build` comes first.
import { buildProgram } from '../dist/cli/program.js';
import { manPage } from '../dist/cli/shared/man.js';

process.stdout.write(manPage(await buildProgram()));
