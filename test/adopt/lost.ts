import type { Adopted } from '../../src/adopt/adopt.ts';
import type { GivenFile } from '../../src/adopt/given.ts';
import type { Word } from '../../src/adopt/word.ts';

/** Findings that speak of a file as a whole. */
const wholeFile = new Set(['import-file-not-read', 'import-file-in-part', 'import-file-aside']);

/**
 * Lines of files that are neither understood, nor in a finding, nor listed as not carried over. A line is significant when it
 * has more than a comment, a brace or a continuation: judged here on the text alone, not by the readers.
 */
export function lostLines(files: readonly GivenFile[], { setup, findings, unread }: Adopted): string[] {
  const whole = new Set(
    findings.flatMap(({ rule, position }) => (wholeFile.has(rule) && position ? [position.file] : [])),
  );
  const seen = new Set<string>();
  const take = (file: string, line: number): void => void seen.add(`${file}:${line}`);
  for (const { position } of [...findings, ...unread]) if (position) take(position.file, position.line);
  for (const words of [...setup.understood, ...setup.unread]) for (const word of words) takeWord(word, take);
  return files
    .filter(({ file }) => !whole.has(file))
    .flatMap(({ file, text }) =>
      text.split('\n').flatMap((line, i) => {
        const place = `${file}:${i + 1}`;
        return isSignificant(line) && !seen.has(place) ? [`${place} ${line}`] : [];
      }),
    );
}

function takeWord({ source, start, end }: Word, take: (file: string, line: number) => void): void {
  const first = source.text.slice(0, start).split('\n').length;
  const more = source.text.slice(start, end).trimEnd().split('\n').length - 1;
  for (let i = 0; i <= more; i += 1) take(source.file, first + i);
}

function isSignificant(line: string): boolean {
  // `{{ NAME }}` alone is a line that the image fills in, with nothing where it has no value.
  return line.replace(/^\s*([#!].*|\{\{\s*\w+\s*\}\}\s*)$/, '').replaceAll(/[\s{}\\]/g, '') !== '';
}
