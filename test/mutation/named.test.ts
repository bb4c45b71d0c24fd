import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { named } from './named.mjs';

// The nightly run would find out too late that the code it changes has moved.
test.each(named)('the place where the code $name is found', ({ file, find, replace }) => {
  expect(readFileSync(file, 'utf8').split(find)).toHaveLength(2);
  expect(replace).not.toBe(find);
});
