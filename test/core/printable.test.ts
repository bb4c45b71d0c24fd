import { assert, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { harmless } from '../../src/core/printable.ts';
import { anyText } from '../fakes/text.ts';

const escape = '\u001B';

describe('what is printed', () => {
  test('keeps text, line breaks, tabs and our own colours', () => {
    const text = `${escape}[32m✓${escape}[39m cp1\tholds 172.16.100.100 – größer\n`;
    expect(harmless(text)).toBe(text);
  });

  test('has nothing else that a terminal obeys', () => {
    for (const text of [
      `${escape}]0;title\u0007`,
      `${escape}[2J`,
      `${escape}[1;1H`,
      `${escape}P1$r`,
      `${escape}[?1049h`,
      '\u009B2J',
      '\r over it',
      '\u0008\u0008',
      '\u202Eevil',
      '\u2066',
      `${escape}[${'1;'.repeat(40)}m`,
    ])
      expect(harmless(text).replaceAll(/[\n\t]/g, ''), JSON.stringify(text)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test('is harmless whatever was said', () => {
    assert(
      property(anyText(), (text) => {
        const rest = harmless(text).replaceAll(new RegExp(`${escape}\\[[0-9;]{0,20}m`, 'g'), '');
        expect(rest.replaceAll(/[\n\t]/g, '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
