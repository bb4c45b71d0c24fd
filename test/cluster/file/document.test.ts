import { describe, expect, it } from 'vitest';
import { decode, maxBytes } from '../../../src/cluster/file/decode.ts';
import { example } from '../../../src/cluster/file/kinds.ts';
import { load } from '../../../src/cluster/file/load.ts';

function rulesOf(text: string): string[] {
  return load(text, 'c.yaml').findings.map(({ rule }) => rule);
}

describe('text that is no cluster file', () => {
  it.each([
    ['', 'empty-file'],
    ['\n\n', 'empty-file'],
    ['# only a comment\n', 'empty-file'],
    ['null\n', 'empty-file'],
    ['- a\n- b\n', 'not-a-mapping'],
    ['just text\n', 'not-a-mapping'],
    ['42\n', 'not-a-mapping'],
    ['name: x\n\0', 'not-text'],
    ['%YAML 1.1\n---\nname: x\n', 'yaml-syntax'],
    ['name: a: b\n', 'yaml-syntax'],
    ['name: "x\n', 'yaml-syntax'],
    ['name: @x\n', 'yaml-syntax'],
    ['name: [a, b\n', 'yaml-syntax'],
    ['name: *nothing\n', 'yaml-syntax'],
    ['? [a]\n: b\n', 'yaml-syntax'],
    ['endpoint:\n\tport: 1\n', 'tab-indentation'],
    ['nodes:\n\t- a\n', 'tab-indentation'],
    ['name: a\n---\nname: b\n', 'several-documents'],
    ['name: a\n...\nname: b\n', 'several-documents'],
    ['name: !secret x\n', 'yaml-tag'],
    ['name: !!binary aGk=\n', 'yaml-tag'],
    ['name: a\nname: b\n', 'duplicate-key'],
  ])('%j gives %s', (text, rule) => {
    expect(rulesOf(text)).toContain(rule);
  });

  it("never shows the parser's own words", () => {
    const { findings } = load('a: [1\nb: {c\n', 'c.yaml');
    for (const { message } of findings) expect(message).not.toMatch(/collection|implicit|scalar|flow|token/i);
  });

  it('names the line of the first of two equal keys', () => {
    const [finding] = load(example({ more: 'etcd: {}\netcd: {}\n' }), 'c.yaml').findings;
    expect(finding).toMatchObject({
      message: 'the key "etcd" is given twice: here and in line 8',
      position: { line: 9 },
    });
  });

  it('still checks the rest of a file that has a key twice', () => {
    expect(rulesOf(example({ more: 'etcd: {}\netcd: {}\noops: 1\n' }))).toEqual(['duplicate-key', 'unknown-key']);
  });
});

describe('files that are made to break the reader', () => {
  const bomb = `${'abcdefghi'
    .split('')
    .map(
      (name, i, all) =>
        `${name}: &${name} [${Array.from({ length: 9 }, () => (i === 0 ? 'x' : `*${all[i - 1] ?? ''}`)).join(', ')}]`,
    )
    .join('\n')}\n`;

  it.each([
    ['aliases that multiply', bomb, 'alias-bomb'],
    ['an alias in its own anchor', 'name: &a [*a]\n', 'alias-bomb'],
    ['a mapping in itself', 'endpoint: &a\n  virtualIPs: *a\n', 'alias-bomb'],
    ['brackets without end', '['.repeat(maxBytes), 'yaml-syntax'],
    ['braces without end', '{a: '.repeat(maxBytes / 4), 'yaml-syntax'],
    ['dashes without end', '- '.repeat(maxBytes / 2), 'yaml-syntax'],
    ['closing brackets only', '}'.repeat(maxBytes), 'yaml-syntax'],
    ['one key thousands of times', 'a: b\n'.repeat(maxBytes / 5), 'duplicate-key'],
  ])('%s: a finding, soon', (_, text, rule) => {
    expect(rulesOf(text)).toContain(rule);
  });

  it('thousands of unknown keys are as many findings, and none is lost', () => {
    const text = Array.from({ length: 3000 }, (_, i) => `key${i}: 1\n`).join('');
    expect(rulesOf(text).filter((rule) => rule === 'unknown-key')).toHaveLength(3000);
  });

  it('a key __proto__ is an unknown key and changes no object', () => {
    expect(rulesOf(example({ more: '__proto__: { polluted: 1 }' }))).toEqual(['unknown-key']);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});

describe('aliases', () => {
  it('stand for their values, as YAML says', () => {
    const nodes = `- { name: cp1, address: 10.0.0.11, ssh: &login { user: admin } }
- { name: cp2, address: 10.0.0.12, ssh: *login }`;
    expect(load(example({ nodes }), 'c.yaml').spec?.nodes.map(({ ssh }) => ssh.user)).toEqual(['admin', 'admin']);
  });

  it('give findings the place where they stand', () => {
    const { findings } = load(example({ endpoint: 'virtualIPs: [&a oops, *a]' }), 'c.yaml');
    expect(findings.map(({ position }) => position?.column)).toEqual([19, 25]);
  });
});

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

describe('decode', () => {
  it('gives the text of UTF-8 bytes', () => {
    expect(decode(bytes('name: ä\n'), 'f')).toEqual({ ok: true, value: 'name: ä\n' });
  });

  it.each([
    ['NUL bytes', new Uint8Array([0x6e, 0, 0x61])],
    ['invalid UTF-8', new Uint8Array([0x6e, 0xff, 0xfe])],
    ['an ELF header', new Uint8Array([0x7f, 0x45, 0x4c, 0x46])],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x6e, 0x00])],
  ])('refuses %s as not-text', (_, data) => {
    const decoded = decode(data, 'f');
    expect(decoded.ok ? '' : decoded.error.rule).toBe('not-text');
  });

  it('refuses what is too large before it looks at it', () => {
    const decoded = decode(new Uint8Array(10 * 1024 * 1024), 'f');
    expect(decoded.ok ? '' : decoded.error.rule).toBe('too-large');
    expect(rulesOf('#'.repeat(maxBytes + 1))).toEqual(['too-large']);
    expect(rulesOf('#'.repeat(maxBytes))).toEqual(['empty-file']);
  });
});
