import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decode, maxBytes } from '../../src/cluster/file/decode.ts';
import { loadKinds, type FindingKind } from '../../src/cluster/file/kinds.ts';
import { check } from '../../src/rules/check.ts';
import { rules } from '../../src/rules/index.ts';

const kinds: readonly FindingKind[] = [...loadKinds, ...rules];

/** Files that cannot be printed as an example. */
const unprintable: Readonly<Record<string, Uint8Array>> = {
  'too-large': new Uint8Array(maxBytes + 1).fill(0x23),
  'not-text': new Uint8Array([0x7f, 0x45, 0x4c, 0x46]),
};

function findingsOf(bytes: Uint8Array) {
  const text = decode(bytes, 'c.yaml');
  return text.ok ? check(text.value, 'c.yaml').findings : [text.error];
}

function badOf({ id, bad }: FindingKind): Uint8Array {
  return (bad === undefined ? unprintable[id] : new TextEncoder().encode(bad)) ?? new Uint8Array();
}

const reference = new URL('../../docs/reference/rules.md', import.meta.url);

describe('every rule and every finding of the reader', () => {
  it('has an id of its own, of small letters and hyphens', () => {
    const ids = kinds.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(ids.length).toBeGreaterThanOrEqual(25);
  });

  it.each(kinds.map((kind) => [kind.id, kind] as const))(
    '%s is found in its bad example, with its severity, and a way out',
    (id, kind) => {
      const all = findingsOf(badOf(kind));
      const found = all.filter(({ rule }) => rule === id);
      expect(found, `found instead: ${JSON.stringify(all)}`).not.toEqual([]);
      for (const { severity, suggestion, message } of found) {
        expect(severity).toBe(kind.severity);
        expect(suggestion).toMatch(/[.?]$/);
        expect(message).not.toMatch(/[.]$/);
      }
    },
  );

  it.each(kinds.map((kind) => [kind.id, kind] as const))(
    '%s is not found in its good example, nor is any error',
    (id, { good }) => {
      const { findings, spec } = check(good, 'c.yaml');
      expect(findings.filter(({ rule }) => rule === id)).toEqual([]);
      expect(spec).toBeDefined();
    },
  );

  it.each(rules.map((rule) => [rule.id, rule] as const))('%s points into the file', (id, { bad }) => {
    const { findings } = check(bad, 'c.yaml');
    for (const { position } of findings.filter(({ rule }) => rule === id)) expect(position?.length).toBeGreaterThan(0);
  });

  it('has a section in the reference', () => {
    expect(existsSync(reference)).toBe(true);
    const text = readFileSync(reference, 'utf8');
    const sections = [...text.matchAll(/^## ([a-z-]+)$/gm)].map(([, id]) => id);
    expect(sections).toEqual(kinds.map(({ id }) => id));
    for (const { why, title } of kinds) {
      expect(text).toContain(why);
      expect(text).toContain(title);
    }
  });
});
