import type { Finding, Position, Severity } from '../core/finding.ts';

export interface FindingsTextOptions {
  readonly color: boolean;
}

type Style = 'bold' | 'dim' | Severity;

const codes: Readonly<Record<Style, string>> = { bold: '1', dim: '2', error: '1;31', warning: '1;33', info: '1;36' };

/** A file of another kind can have thousands of findings: nobody reads more than these at once. */
const maxShown = 50;

/** Characters shown of the line that a finding points to; the rest is cut around the caret. */
const windowWidth = 100;

/**
 * Findings for a terminal, in the manner of a compiler: rule and place, the sentence, the line with a caret, the reason and
 * the remedy; a count at the end. Characters that a terminal would obey are never passed on. Empty for no findings.
 */
export function findingsText(findings: readonly Finding[], { color }: FindingsTextOptions): string {
  if (findings.length === 0) return '';
  const paint = (style: Style, text: string): string => (color ? `\u001B[${codes[style]}m${text}\u001B[0m` : text);
  const hidden = findings.length - maxShown;
  return [
    ...findings.slice(0, maxShown).map((finding) => findingText(finding, paint)),
    ...(hidden > 0 ? [`… and ${hidden} more`] : []),
    countText(findings),
  ].join('\n\n');
}

type Paint = (style: Style, text: string) => string;

function findingText({ rule, severity, message, reason, suggestion, position, node }: Finding, paint: Paint): string {
  return [
    `${paint(severity, `${severity}[${rule}]`)}${placeText(position, node)}`,
    `  ${paint('bold', visible(message))}`,
    ...(position ? excerpt(position, severity, paint) : []),
    ...(reason === undefined ? [] : [`  ${paint('dim', 'why:')} ${visible(reason)}`]),
    ...(suggestion === undefined ? [] : [`  ${paint('dim', 'fix:')} ${visible(suggestion)}`]),
  ].join('\n');
}

function placeText(position: Position | undefined, node: string | undefined): string {
  if (position) return ` ${visible(position.file)}:${position.line}:${position.column}`;
  return node === undefined ? '' : ` on ${visible(node)}`;
}

/** The line with its number, and carets under what is meant. */
function excerpt({ line, column, length, text }: Position, severity: Severity, paint: Paint): string[] {
  const number = String(line);
  const gutter = ' '.repeat(number.length);
  const { shown, start, width } = windowed(text, column - 1, length);
  return [
    paint('dim', `  ${gutter} |`),
    `${paint('dim', `  ${number} |`)} ${shown}`,
    `${paint('dim', `  ${gutter} |`)} ${' '.repeat(start)}${paint(severity, '^'.repeat(width))}`,
  ];
}

/** The part of a long line around the caret, with where the caret then begins and how wide it is. */
function windowed(text: string, start: number, length: number): { shown: string; start: number; width: number } {
  const line = visible(text);
  if (line.length <= windowWidth) return { shown: line, start, width: length };
  const from = Math.max(0, Math.min(start - 30, line.length - windowWidth));
  const to = Math.min(line.length, from + windowWidth);
  const [before, after] = [from > 0 ? '…' : '', to < line.length ? '…' : ''];
  return {
    shown: `${before}${line.slice(from, to)}${after}`,
    start: start - from + before.length,
    width: Math.max(1, Math.min(length, to - start)),
  };
}

/**
 * One visible character for each that a terminal would obey or that would reorder the line (C0, C1, bidirectional marks),
 * so that columns stay right. A tab becomes one space.
 */
function visible(text: string): string {
  return (
    text
      .replaceAll('\t', ' ')
      // oxlint-disable-next-line no-control-regex -- control characters are what is replaced
      .replaceAll(/[\u0000-\u001F\u007F-\u009F\u200B-\u200F\u2028-\u202E\u2066-\u2069\uFEFF]/g, '·')
  );
}

/** "2 errors, 1 warning". */
function countText(findings: readonly Finding[]): string {
  return (['error', 'warning', 'info'] as const)
    .map((severity) => ({ severity, count: findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${nouns[severity]}${count === 1 ? '' : 's'}`)
    .join(', ');
}

const nouns = { error: 'error', warning: 'warning', info: 'note' } as const;
