import { describe, expect, it } from 'vitest';
import { allNamespaces, isLabName, namespaceOf } from '../../src/lab/names.ts';

describe('lab names', () => {
  it('accepts short lower-case names with digits and dashes', () => {
    for (const name of ['lab', 'a', 't-lab-12345', 'a1']) expect(isLabName(name)).toBe(true);
  });

  it('refuses what would not survive in a path, a namespace or a machine name', () => {
    for (const name of ['', 'Lab', '1lab', 'lab-', 'a/b', '..', 'a b', 'a.b', 'x'.repeat(25)])
      expect(isLabName(name)).toBe(false);
  });

  it('gives labs whose names begin alike no namespace in common', () => {
    for (const other of ['a-b', 'a-cp1', 'a-client', 'a-bridge'])
      expect(allNamespaces('a').filter((name) => allNamespaces(other).includes(name))).toEqual([]);
  });

  it('keeps the machine name within the 64 characters of a host name', () => {
    expect(namespaceOf('x'.repeat(24), 'client').length).toBeLessThanOrEqual(64);
  });
});
