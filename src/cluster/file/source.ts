import type { Position } from '../../core/finding.ts';

/** A text with its file name, and where its lines begin, so that an offset can be turned into a position. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly lineStarts: readonly number[];
}

export function source(text: string, file: string): Source {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return { file, text, lineStarts };
}

/** The position of the characters from `start` to `end`; the length stops at the line's end and is at least 1. */
export function positionAt({ file, text, lineStarts }: Source, start: number, end: number = start + 1): Position {
  const from = Math.max(0, Math.min(start, text.length));
  const line = lineAt(lineStarts, from);
  const lineStart = lineStarts[line] ?? 0;
  const lineText = text.slice(lineStart, (lineStarts[line + 1] ?? text.length + 1) - 1).replace(/\r$/, '');
  const column = Math.min(from - lineStart, lineText.length);
  return {
    file,
    line: line + 1,
    column: column + 1,
    length: Math.max(1, Math.min(end - from, lineText.length - column)),
    text: lineText,
  };
}

/** Index of the last line that begins at or before `offset`. */
function lineAt(lineStarts: readonly number[], offset: number): number {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
