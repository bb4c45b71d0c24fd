import { positionAt, type Source } from '../cluster/file/source.ts';
import type { Position } from '../core/finding.ts';

/** One word of a configuration file as its program reads it, with where it was written. */
export interface Word {
  /** Without quotes, with escapes and parameters resolved. */
  readonly text: string;
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** Words that belong together: a keyword with its arguments. */
export type Words = readonly Word[];

/** A value that a file says, and where it says it. */
export interface Said<T> {
  readonly value: T;
  readonly at: Word;
}

/** Where one word, or several in a row, stand. */
export function placeOf(first: Word, last: Word = first): Position {
  return positionAt(
    first.source,
    first.start,
    last.source === first.source ? Math.max(last.end, first.end) : first.end,
  );
}

/** The number of the line that an offset is in, from 1. */
export function lineOf({ lineStarts }: Source, offset: number): number {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

/** What a line says as plain text: for lists of lines that were not understood. */
export function textOf(words: Words): string {
  return words.map(({ text }) => text).join(' ');
}

/**
 * A text in which some parts were replaced, that still knows where each of its characters was written: a parameter's value
 * stands where the parameter was used.
 */
export interface Mapped {
  readonly text: string;
  readonly source: Source;
  /** For each character, the range in the source that it comes from. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

export function mapped(source: Source, start: number, end: number): Mapped {
  const length = Math.max(0, end - start);
  return {
    text: source.text.slice(start, end),
    source,
    from: Array.from({ length }, (_, i) => start + i),
    to: Array.from({ length }, (_, i) => start + i + 1),
  };
}

export function sliceMapped({ text, source, from, to }: Mapped, start: number, end = text.length): Mapped {
  return {
    text: text.slice(start, end),
    source,
    from: from.slice(start, end),
    to: to.slice(start, end),
  };
}

/** Replaces the characters from `start` to `end`; all of the new ones stand where the old ones stood. */
export function replaceMapped(line: Mapped, start: number, end: number, value: string): Mapped {
  const from = line.from[start] ?? 0;
  const to = line.to[end - 1] ?? from;
  const fill = (at: number): number[] => Array.from({ length: value.length }, () => at);
  return {
    text: line.text.slice(0, start) + value + line.text.slice(end),
    source: line.source,
    from: [...line.from.slice(0, start), ...fill(from), ...line.from.slice(end)],
    to: [...line.to.slice(0, start), ...fill(to), ...line.to.slice(end)],
  };
}

/** The word that stands from `start` to `end` of a mapped line, with `text` as what it means. */
export function wordOf(line: Mapped, start: number, end: number, text: string): Word {
  const from = line.from[start] ?? line.from.at(-1) ?? 0;
  return { text, source: line.source, start: from, end: Math.max(from + 1, line.to[end - 1] ?? from + 1) };
}
