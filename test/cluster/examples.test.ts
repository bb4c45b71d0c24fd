import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { check } from '../../src/rules/check.ts';

const folder = new URL('../../examples/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

describe('the examples', () => {
  it('are there', () => {
    expect(files).toContain('tutorial.yaml');
  });

  it.each(files)('%s loads without any finding', (name) => {
    const { spec, findings } = check(readFileSync(new URL(name, folder), 'utf8'), name);
    expect(findings).toEqual([]);
    expect(spec?.nodes.length).toBeGreaterThan(1);
  });
});
