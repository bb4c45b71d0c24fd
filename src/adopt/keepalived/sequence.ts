/** What a `~SEQ` or `~LST` at the beginning of a line asks for. */
export interface Rounds {
  /** Characters that the element takes, with the blanks behind it. */
  readonly length: number;
  /** For each round, the parameters and their values. */
  readonly rounds: readonly (readonly (readonly [string, string])[])[];
}

/** More rounds than the 254 router ids there are would be a mistake. */
const maxRounds = 4096;

/** `~SEQ(var, start, step, end)` and `~SEQx`: counts, in decimal or hexadecimal. keepalived.conf(5), Sequence blocks. */
export function sequenceValues(text: string): Rounds | undefined {
  const match = /^\s*~SEQ(x?)\(\s*(\w+)\s*((?:,\s*[-+]?\w+\s*){1,3})\)\s*/.exec(text);
  if (!match) return undefined;
  const [all, hex, name = '', list = ''] = match;
  const numbers = list.split(',').slice(1).map(toInteger);
  if (numbers.some((number) => number === undefined)) return undefined;
  const end = numbers.at(-1) ?? 0;
  const start = (numbers.length > 1 ? numbers[0] : undefined) ?? (end > 0 ? 1 : -1);
  const step = (numbers.length > 2 ? numbers[1] : undefined) ?? (end >= start ? 1 : -1);
  const rounds: (readonly [string, string])[][] = [];
  const goesOn = (at: number): boolean => (step > 0 ? at <= end : at >= end);
  if (step !== 0)
    for (let at = start; goesOn(at) && rounds.length < maxRounds; at += step)
      rounds.push([[name, hex === 'x' ? at.toString(16) : String(at)]]);
  return { length: all.length, rounds };
}

function toInteger(text: string): number | undefined {
  const match = /^\s*([-+]?)(0x[\da-f]+|\d+)\s*$/i.exec(text);
  if (!match) return undefined;
  const value = Number(match[2]);
  return match[1] === '-' ? -value : value;
}

/** `~LST(var, a, b)` and `~LST({v, w}, {a, b}, {c, d})`: takes the values of a list. keepalived.conf(5), List blocks. */
export function listValues(text: string): Rounds | undefined {
  const match = /^\s*~LST\(((?:[^()])*)\)\s*/.exec(text);
  if (!match) return undefined;
  const [head, ...items] = splitTop(match[1] ?? '');
  if (head === undefined || items.length === 0) return undefined;
  const names = group(head);
  if (!names.every((name) => /^\w+$/.test(name))) return undefined;
  const rounds = items.slice(0, maxRounds).map((item) => {
    const values = names.length === 1 ? [item.trim()] : group(item);
    return names.map((name, i) => [name, values[i] ?? ''] as const);
  });
  return { length: match[0].length, rounds };
}

function group(text: string): string[] {
  const inner = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1] ?? text;
  return inner.split(',').map((part) => part.trim());
}

/** Splits at commas that are in no braces. */
function splitTop(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const char of text) {
    if (char === '{') depth += 1;
    if (char === '}') depth -= 1;
    if (char === ',' && depth <= 0) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts;
}
