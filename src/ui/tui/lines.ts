import { painted } from '../events/text.ts';
import type { Tone } from '../../observe/live/model.ts';

/** A piece of a line in one tone. */
export interface Piece {
  readonly text: string;
  readonly tone: Tone;
}

export type Line = readonly Piece[];

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

export function piece(text: string, tone: Tone = 'info'): Piece {
  return { text, tone };
}

export function plain(text: string): Line {
  return [piece(text)];
}

/** Cut to the width; what was cut is shown by an ellipsis. */
export function fit(line: Line, columns: number): Line {
  let left = columns;
  const kept: Piece[] = [];
  for (const { text, tone } of line) {
    if (text.length <= left) {
      kept.push({ text, tone });
      left -= text.length;
    } else {
      kept.push({ text: left > 1 ? `${text.slice(0, left - 1)}…` : '…'.slice(0, left), tone });
      break;
    }
  }
  return kept;
}

/** Columns two spaces apart; the last cell of a row may be as long as it likes. */
export function columnsOf(rows: readonly (readonly Piece[])[]): Line[] {
  const widths: number[] = [];
  for (const row of rows)
    row.slice(0, -1).forEach(({ text }, i) => (widths[i] = Math.max(widths[i] ?? 0, text.length)));
  return rows.map((row) =>
    row.map(({ text, tone }, i) => piece(i === row.length - 1 ? text : text.padEnd((widths[i] ?? 0) + 2), tone)),
  );
}

/** Lines as a terminal shows them. */
export function lineText(line: Line, color: boolean): string {
  return line.map(({ text, tone }) => painted(text, tone, color)).join('');
}
