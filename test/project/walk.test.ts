import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { elsewhere } from './elsewhere.ts';
import { shellCommandsIn } from './shell-blocks.ts';
import { trial, whole } from './walk-whole.ts';
import { walk } from './walk.ts';

const pages = [
  'README.md',
  'docs/install.md',
  'docs/faq.md',
  'docs/troubleshooting.md',
  ...readdirSync('docs/guides')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/guides/${name}`),
];
const shown = pages.flatMap((page) => shellCommandsIn(page, readFileSync(page, 'utf8')));
const walked = new Set([...walk, ...trial, ...whole].map((step) => oneLine(step.shown)));

/** Lines that a reader's shell joins are joined here too. */
function oneLine(text: string): string {
  return text.replaceAll(/(?:\\?\s)+/g, ' ');
}

describe('every command of README, installation and guides', () => {
  it('is found in its block', () => {
    expect(shown.length).toBeGreaterThan(80);
    expect(new Set(shown.map(({ page }) => page)).size).toBeGreaterThan(14);
  });

  it.each(shown)('$page:$line $text is run by the walk, or it is written down who runs it or what it needs', (one) => {
    const text = oneLine(one.text);
    expect([walked.has(text), Object.hasOwn(elsewhere, text)].filter(Boolean)).toHaveLength(1);
  });

  it('is all that is walked or written down', () => {
    const texts = new Set(shown.map(({ text }) => oneLine(text)));
    expect([...walked, ...Object.keys(elsewhere)].filter((text) => !texts.has(text))).toEqual([]);
  });

  it.each(Object.values(elsewhere).flatMap((one) => ('by' in one ? [one.by] : [])))('%s is there', (file) => {
    expect(existsSync(file)).toBe(true);
  });
});

describe('a block of shell', () => {
  it('has one command to a line, without comments, and a loop or a pipe over lines as one', () => {
    const text =
      "x\n\n```sh\na b   # why\n\n# alone\nfor i in 1 2; do\n  c |\n    d\ndone\ne 'f\ng' \\\n  h\n```\n\n```yaml\nno: 1\n```\n";
    expect(shellCommandsIn('p', text).map((one) => [one.line, one.text])).toEqual([
      [4, 'a b'],
      [7, 'for i in 1 2; do\n  c |\n    d\ndone'],
      [11, "e 'f\ng' \\\n  h"],
    ]);
  });
});
