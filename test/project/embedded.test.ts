import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { expect, it } from 'vitest';
import { embedded } from '../../scripts/embed.mjs';

const modules = embedded().map(({ path, text }) => ({ path: relative('.', path), text }));

it('finds the shell programs', () => {
  expect(modules.length).toBeGreaterThan(3);
});

it.each(modules)('$path has the programs beside it as they are (npm run build)', ({ path, text }) => {
  expect(readFileSync(path, 'utf8')).toBe(text);
});
