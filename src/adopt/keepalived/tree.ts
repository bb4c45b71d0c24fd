import { wordOf, type Mapped, type Word } from '../word.ts';

/** A keyword with its arguments, and the block that follows it. */
export interface Statement {
  readonly words: readonly Word[];
  readonly block?: readonly Statement[];
}

export interface KeepalivedTree {
  readonly statements: readonly Statement[];
  /** Braces that close nothing, or are never closed. */
  readonly stray: readonly Word[];
}

interface Token {
  readonly word: Word;
  readonly kind: 'word' | '{' | '}';
  /** First of its line: begins a statement. */
  readonly first: boolean;
}

const maxDepth = 32;

/** Builds the blocks of a configuration. Every word ends up in a statement or in `stray`. Never throws. */
export function keepalivedTree(lines: readonly Mapped[]): KeepalivedTree {
  const stray: Word[] = [];
  interface Open {
    readonly statements: Statement[];
    readonly brace?: Word;
    readonly words?: readonly Word[];
  }
  const root: Open = { statements: [] };
  const stack: Open[] = [root];
  let words: Word[] = [];
  const top = (): Open => stack.at(-1) ?? root;
  const flush = (): void => {
    if (words.length > 0) top().statements.push({ words });
    words = [];
  };
  const close = (open: Open): void => {
    top().statements.push({ words: open.words ?? [], block: open.statements });
  };

  for (const { word, kind, first } of lines.flatMap(tokens)) {
    // Nested deeper than any block of keepalived's: no block, but no word is lost.
    if (kind === '{' && stack.length > maxDepth) stray.push(word);
    else if (kind === '{') {
      // The brace may stand on a line of its own.
      if (words.length === 0) words = takeBack(top().statements);
      if (words.length === 0) stray.push(word);
      stack.push({ statements: [], brace: word, words });
      words = [];
    } else if (kind === '}') {
      flush();
      const open = stack.length > 1 ? stack.pop() : undefined;
      if (open) close(open);
      else stray.push(word);
    } else {
      if (first) flush();
      words.push(word);
    }
  }
  flush();
  while (stack.length > 1) {
    const open = stack.pop();
    if (!open) break;
    if (open.brace) stray.push(open.brace);
    close(open);
  }
  return { statements: root.statements, stray };
}

/** The last statement without a block, when the brace that follows belongs to it. */
function takeBack(statements: Statement[]): Word[] {
  const last = statements.at(-1);
  if (!last || last.block) return [];
  statements.pop();
  return [...last.words];
}

/** Words of one line: quotes and escapes as keepalived.conf(5), Quoted strings, has them; braces stand for themselves. */
function tokens(line: Mapped): Token[] {
  const { text } = line;
  const result: Token[] = [];
  let i = 0;
  while (i < text.length) {
    const char = text[i] ?? '';
    if (/\s/.test(char)) {
      i += 1;
      continue;
    }
    const first = result.length === 0;
    if ((char === '{' && text[i + 1] !== '{') || (char === '}' && text[i + 1] !== '}')) {
      result.push({ word: wordOf(line, i, i + 1, char), kind: char, first });
      i += 1;
      continue;
    }
    const end = wordEnd(text, i);
    result.push({ word: wordOf(line, i, end, unquoted(text.slice(i, end))), kind: 'word', first });
    i = end;
  }
  return result;
}

function wordEnd(text: string, start: number): number {
  let quote = '';
  let i = start;
  while (i < text.length) {
    const char = text[i] ?? '';
    if (char === '\\') i += 1;
    else if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'") quote = char;
    else if (text.startsWith('{{', i)) i = endOf(text, i, '}}');
    else if (text.startsWith('${', i)) i = endOf(text, i, '}');
    else if (/\s/.test(char)) return i;
    else if ((char === '{' || char === '}') && i > start) return i;
    i += 1;
  }
  return text.length;
}

/** Index of the last character of `close` after `from`; `from` itself where it is missing. */
function endOf(text: string, from: number, close: string): number {
  const at = text.indexOf(close, from);
  return at === -1 ? from + 1 : at + close.length - 1;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function unquoted(raw: string): string {
  let result = '';
  let quote = '';
  for (let i = 0; i < raw.length; i += 1) {
    const char = raw[i] ?? '';
    if (char === '\\' && i + 1 < raw.length) {
      i += 1;
      result += escapes[raw[i] ?? ''] ?? raw[i] ?? '';
    } else if (quote !== '') {
      if (char === quote) quote = '';
      else result += char;
    } else if (char === '"' || char === "'") quote = char;
    else result += char;
  }
  return result;
}
