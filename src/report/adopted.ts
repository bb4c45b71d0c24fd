import type { UnreadLine } from '../adopt/overlooked.ts';

/** Lines that were not carried over, with their places; more than this many are only counted. */
const maxShown = 40;

/** The lines that import did not understand, for a terminal. Empty for none. */
export function unreadText(unread: readonly UnreadLine[]): string {
  if (unread.length === 0) return '';
  const places = unread.map(({ position }) => `${position.file}:${position.line}:${position.column}`);
  const width = Math.max(...places.slice(0, maxShown).map((place) => place.length));
  const hidden = unread.length - maxShown;
  return [
    `${unread.length} ${unread.length === 1 ? 'line is' : 'lines are'} not carried over:`,
    ...unread.slice(0, maxShown).map(({ text }, i) => `  ${(places[i] ?? '').padEnd(width)}  ${shown(text)}`),
    ...(hidden > 0 ? [`  … and ${hidden} more (all of them with -o json)`] : []),
  ].join('\n');
}

/** Nobody reads more of a line in a list. */
const maxLength = 160;

/** A terminal must not obey what a file contains. */
function shown(text: string): string {
  const short = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  // oxlint-disable-next-line no-control-regex -- control characters are what is replaced
  return short.replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, '·');
}
