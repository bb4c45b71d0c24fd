import { integerOf, keepalivedMs } from '../time.ts';
import type { Said, Word, Words } from '../word.ts';
import type { Statement } from './tree.ts';

export type Fields = ReturnType<typeof fields>;

/** Looks fields up in a block; what is not in `known` is not understood. The last one counts, as it does in keepalived. */
export function fields(block: readonly Statement[], unread: Words[], known: ReadonlySet<string>) {
  for (const statement of block) if (!known.has(statement.words[0]?.text ?? '')) unread.push(...flatten(statement));
  const last = (keyword: string): Statement | undefined =>
    block.filter(({ words }) => words[0]?.text === keyword).at(-1);
  const said = <T>(keyword: string, read: (text: string) => T | undefined): Said<T> | undefined => {
    const at = last(keyword)?.words[1];
    if (!at) return undefined;
    const value = read(at.text);
    if (value === undefined) {
      unread.push(last(keyword)?.words ?? []);
      return undefined;
    }
    return { value, at };
  };
  return {
    has: (keyword: string): boolean => last(keyword) !== undefined,
    word: (keyword: string): Word | undefined => last(keyword)?.words[1],
    keyword: (keyword: string): Word | undefined => last(keyword)?.words[0],
    text: (keyword: string) => said(keyword, (text) => text),
    number: (keyword: string) => said(keyword, integerOf),
    milliseconds: (keyword: string) => said(keyword, keepalivedMs),
    list: (keyword: string): readonly Statement[] =>
      block.filter(({ words }) => words[0]?.text === keyword).flatMap((statement) => statement.block ?? []),
  };
}

/** Every line of a statement, its block's included. */
export function flatten({ words, block = [] }: Statement): Words[] {
  return [...(words.length > 0 ? [words] : []), ...block.flatMap(flatten)];
}
