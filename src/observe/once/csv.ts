import { brief } from '../../core/printable.ts';
import { wholeNumber } from '../../node/said.ts';

/** A cell of a row, by its column; empty where there is none. */
export type Row = (column: string) => string;

/** More lines are in no table of an HAProxy that we rendered, and more columns in none of any HAProxy. */
export const longestTable = 10_000;
const mostColumns = 500;

/** HAProxy's CSV: a header line, then rows. HAProxy management guide 9.1. @returns undefined where there is no such header */
export function csvRows([header = '', ...lines]: readonly string[]): readonly Row[] | undefined {
  if (!header.startsWith('# ')) return undefined;
  const columns = new Map(
    header
      .slice(2)
      .split(',', mostColumns)
      .map((name, i) => [name, i] as const),
  );
  return lines.slice(0, longestTable).map((line) => {
    const cells = line.split(',', mostColumns);
    return (name) => brief(cells[columns.get(name) ?? -1] ?? '');
  });
}

/** A cell that counts: 0 where it is empty; undefined for what is no count. */
export function countOf(cell: string): number | undefined {
  const count = cell === '' ? 0 : wholeNumber(cell);
  return count !== undefined && count >= 0 ? count : undefined;
}

/** HTTP status of an API server's last check; nothing where there was no answer. */
export function checkCodeOf(row: Row): { readonly checkCode?: number } {
  const code = wholeNumber(row('check_code'));
  return code === undefined ? {} : { checkCode: code };
}

const checkColumns = new Set(['check_status', 'check_code', 'check_duration', 'last_chk']);

/** A server's row with what its own health check found: the check of the backend that has its connections asks HAProxy itself. */
export function withCheckOf(row: Row, checked: readonly Row[]): Row {
  const own = checked.find((one) => one('svname') === row('svname'));
  return own ? (column) => (checkColumns.has(column) ? own(column) : row(column)) : row;
}
