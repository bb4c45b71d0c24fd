import { wrap } from './wrap.ts';

const gap = 2;

/** Plain columns, two spaces apart; the last column is not padded. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return linesOf([header, ...rows], naturalWidths([header, ...rows])).join('\n');
}

/**
 * The same within a width: cells are wrapped between words, the widest columns first. Where even that is too wide, each row
 * becomes a paragraph of its own. No word is ever broken.
 */
export function fittedTable(header: readonly string[], rows: readonly (readonly string[])[], width: number): string {
  const all = [header, ...rows];
  const widths = naturalWidths(all);
  const least = header.map((_, i) => Math.max(...all.flatMap((row) => (row[i] ?? '').split(' ').map(lengthOf))));
  for (let over = total(widths) - width; over > 0; over -= 1) {
    const spare = widths.map((wide, i) => ({ wide, i })).filter(({ wide, i }) => wide > (least[i] ?? 0));
    const widest = spare.toSorted((a, b) => b.wide - a.wide)[0];
    if (!widest) return paragraphs(header, rows, width);
    widths[widest.i] = widest.wide - 1;
  }
  return all
    .flatMap((row) => {
      const cells = row.map((cell, i) => wrap(cell, widths[i] ?? width));
      const height = Math.max(...cells.map(({ length }) => length));
      return linesOf(
        Array.from({ length: height }, (_, line) => cells.map((lines) => lines[line] ?? '')),
        widths,
      );
    })
    .join('\n');
}

function lengthOf({ length }: string): number {
  return length;
}

function naturalWidths(rows: readonly (readonly string[])[]): number[] {
  return (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + gap * (widths.length - 1);
}

function linesOf(rows: readonly (readonly string[])[], widths: readonly number[]): readonly string[] {
  return rows.map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}

function paragraphs(header: readonly string[], rows: readonly (readonly string[])[], width: number): string {
  return rows
    .map((row) =>
      row
        .flatMap((cell, i) =>
          cell === ''
            ? []
            : i === 0
              ? [`${header[i]} ${cell}`]
              : wrap(`${header[i]}: ${cell}`, width, { indent: 2, hanging: 4 }),
        )
        .join('\n'),
    )
    .join('\n');
}
