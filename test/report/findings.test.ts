import { describe, expect, it } from 'vitest';
import type { Finding, Position } from '../../src/core/finding.ts';
import { findingsText } from '../../src/report/findings.ts';

function at(text: string, column: number, length: number): Position {
  return {
    file: 'c.yaml',
    line: 12,
    column,
    length,
    text,
  };
}

function finding(more: Partial<Finding> = {}): Finding {
  return {
    rule: 'vip-taken',
    severity: 'error',
    message: 'it is wrong',
    ...more,
  };
}

function plain(findings: readonly Finding[]): string {
  return findingsText(findings, { color: false });
}

describe('findingsText', () => {
  it('shows rule, place, sentence, line, caret, reason and remedy', () => {
    const text = plain([finding({ position: at('  port: 1', 9, 1), reason: 'It breaks.', suggestion: 'Mend it.' })]);
    expect(text).toBe(`error[vip-taken] c.yaml:12:9
  it is wrong
     |
  12 |   port: 1
     |         ^
  why: It breaks.
  fix: Mend it.

1 error`);
  });

  it('counts by severity, and is empty for nothing', () => {
    const severities = (['error', 'warning', 'error', 'info'] as const).map((severity) => finding({ severity }));
    expect(plain(severities).split('\n').at(-1)).toBe('2 errors, 1 warning, 1 note');
    expect(plain([])).toBe('');
  });

  it('names the node of a finding without a file', () => {
    expect(plain([finding({ node: 'cp2' })])).toContain('error[vip-taken] on cp2\n');
  });

  it('cuts long lines around the caret', () => {
    const line = `${'a'.repeat(5000)}HERE${'b'.repeat(5000)}`;
    const [, , , shown = '', carets = ''] = plain([finding({ position: at(line, 5001, 4) })]).split('\n');
    expect(shown.length).toBeLessThan(120);
    expect(shown.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('HERE');
  });

  it('keeps the caret inside what is shown of a long value', () => {
    const [, , , shown = '', carets = ''] = plain([finding({ position: at('x'.repeat(9000), 1, 9000) })]).split('\n');
    expect(carets.length).toBeLessThanOrEqual(shown.length);
  });

  it('sends no character to the terminal that it would obey', () => {
    const evil = 'a\u001B[2J\u0007\u202Eb\u009B\tc\r';
    const text = plain([
      finding({ message: evil, reason: evil, suggestion: evil, node: evil }),
      finding({ position: { ...at(evil, 2, 1), file: evil } }),
    ]);
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/);
  });

  it('colours only when asked to', () => {
    expect(plain([finding()])).not.toContain('\u001B');
    expect(findingsText([finding()], { color: true })).toContain('\u001B[1;31merror[vip-taken]\u001B[0m');
  });

  it('shows fifty of thousands, and says how many more there are', () => {
    const text = plain(Array.from({ length: 3000 }, () => finding()));
    expect(text.match(/error\[/g)).toHaveLength(50);
    expect(text).toContain('… and 2950 more\n\n3000 errors');
  });
});
