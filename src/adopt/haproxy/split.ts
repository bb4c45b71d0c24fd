import type { Source } from '../../cluster/file/source.ts';
import type { Word } from '../word.ts';

/** Environment variables that the process would have; undefined: nothing is known of its environment. */
export type Environment = ReadonlyMap<string, string>;

export interface HaproxyLine {
  readonly words: readonly Word[];
  /** Variables that the line uses and that the environment does not have. */
  readonly unset: readonly Word[];
}

/**
 * Splits a haproxy.cfg into lines of words: quotes, escapes, comments, continuation with a backslash, environment variables
 * within double quotes. HAProxy manual §2.2 and §2.3. Lines without words are left out.
 */
export function splitHaproxy(source: Source, environment: Environment): HaproxyLine[] {
  const { text } = source;
  const lines: HaproxyLine[] = [];
  let words: Word[] = [];
  let unset: Word[] = [];
  let i = 0;
  const endLine = (): void => {
    if (words.length > 0) lines.push({ words, unset });
    words = [];
    unset = [];
  };
  while (i < text.length) {
    const char = text[i] ?? '';
    if (char === '\n') {
      endLine();
      i += 1;
    } else if (char === '\\' && continues(text, i)) i += text[i + 1] === '\r' ? 3 : 2;
    else if (char === '#') i = lineEnd(text, i);
    else if (/\s/.test(char)) i += 1;
    else {
      const { end, value, missing } = readWord(text, i, environment);
      words.push({ text: value, source, start: i, end });
      for (const name of missing) unset.push({ text: name, source, start: i, end });
      i = end;
    }
  }
  endLine();
  return lines;
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  return at === -1 ? text.length : at;
}

/** A backslash right before the end of the line. */
function continues(text: string, at: number): boolean {
  return text[at + 1] === '\n' || text.startsWith('\r\n', at + 1);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function readWord(
  text: string,
  start: number,
  environment: Environment,
): { end: number; value: string; missing: string[] } {
  let value = '';
  let quote = '';
  const missing: string[] = [];
  let i = start;
  for (; i < text.length; i += 1) {
    const char = text[i] ?? '';
    if (char === '\n') break;
    if (char === '\\' && quote !== "'") {
      if (continues(text, i)) break;
      const hex = /^x([\da-fA-F]{2})/.exec(text.slice(i + 1, i + 4));
      value += hex
        ? String.fromCharCode(Number.parseInt(hex[1] ?? '', 16))
        : (escapes[text[i + 1] ?? ''] ?? text[i + 1] ?? '');
      i += hex ? 3 : 1;
    } else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = '';
    else if (quote === '"' && char === '$') {
      const variable = /^\$(?:\{([.\w]+)(?:\[\*\])?(?:-([^}"]*))?\}|(\.?\w+))/.exec(text.slice(i, i + 200));
      if (!variable) value += char;
      else {
        const [all, braced, fallback, bare] = variable;
        const name = braced ?? bare ?? '';
        const known = environment.get(name) ?? fallback;
        if (known === undefined && !name.startsWith('.')) missing.push(name);
        value += known ?? all;
        i += all.length - 1;
      }
    } else if (quote === '' && (char === '#' || /\s/.test(char))) break;
    else value += char;
  }
  return { end: Math.min(i, text.length), value, missing };
}
