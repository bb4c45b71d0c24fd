import leven from 'leven';

/** The candidate that was most likely meant, or undefined when none is near. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  if (text.length > 64) return undefined;
  const same = candidates.find((candidate) => letters(candidate) === letters(text));
  if (same !== undefined) return same;
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: leven(letters(candidate), letters(text)) }))
    .toSorted((a, b) => a.distance - b.distance);
  const [best] = ranked;
  return best && best.distance <= (text.length < 4 ? 1 : Math.max(2, Math.floor(text.length / 3)))
    ? best.candidate
    : undefined;
}

function letters(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/** `a, b and c`. */
export function list(words: readonly string[], last = 'and'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1) ?? ''}`;
}

/** A path in the cluster file as people write it: `nodes[1].address`. */
export function pathText(path: readonly (string | number)[]): string {
  return path.length === 0
    ? 'the cluster file'
    : path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${part}`)).join('');
}

/** A plain value as text; what is no plain value, as JSON. */
export function plain(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : (JSON.stringify(value) ?? '');
}

/** A value in a message: quoted, shortened, and without characters that a terminal would obey. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  // oxlint-disable-next-line no-control-regex -- control characters are what is replaced
  const text = plain(value).replaceAll(/[\0-\x1f\x7f-\x9f]/g, '·');
  const short = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return typeof value === 'string' ? `"${short}"` : short;
}
