// Lets one run of the tests see one file with one mutant, named by an environment variable.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export function mutantPlugin() {
  const given = process.env['K8S_HA_MUTANT'];
  if (given === undefined) return [];
  const { file, start, end, text } = JSON.parse(given);
  const path = resolve(file);
  return [
    {
      name: 'mutant',
      enforce: 'pre',
      load(id) {
        if (id.split('?')[0] !== path) return undefined;
        const source = readFileSync(path, 'utf8');
        return source.slice(0, start) + text + source.slice(end);
      },
    },
  ];
}
