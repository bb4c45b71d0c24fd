/** A command line of k8s-ha that a page shows. */
export interface ShownCommand {
  readonly page: string;
  /** Of the page, from 1. */
  readonly line: number;
  /** What follows `k8s-ha`. */
  readonly words: readonly string[];
  /** Named in a sentence or a table, not to be copied as it is. */
  readonly inSentence: boolean;
}

/** Every `k8s-ha …` that is code within a sentence or a table. */
export function inlineCommandsIn(page: string, text: string): readonly ShownCommand[] {
  return text.split('\n').flatMap((line, i) =>
    [...line.matchAll(/`k8s-ha ((?!-|`)[^`]+)`/g)].map(([, rest = '']) => ({
      page,
      line: i + 1,
      words: wordsOf(rest.replaceAll('\\|', '|')),
      inSentence: true,
    })),
  );
}

/** Every `k8s-ha …` of the fenced blocks that are shell, or say nothing of their language. */
export function commandsIn(page: string, text: string): readonly ShownCommand[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(({ 1: language = '', 2: block = '', index }) => {
    if (!['', 'sh', 'bash', 'shell'].includes(language)) return [];
    const first = text.slice(0, index).split('\n').length + 1;
    const joined = block.replaceAll(/\\\n/g, '  ');
    return [...joined.matchAll(/(?<=^|[\s;&|("])(?:\.\/bin\/)?k8s-ha(?=\s)/gm)].flatMap((found) => {
      const before = joined.slice(joined.lastIndexOf('\n', found.index) + 1, found.index);
      // What follows a comment's sign is prose, and what follows `->` or a dash a name.
      if (/(?:^|\s)#/.test(before) || !/(?:^|[;&|(]|--|\bthen|\bdo|\bexec|\bsudo|\s\d+|=\S*)\s*$/.test(before))
        return [];
      const rest = joined.slice(found.index + found[0].length);
      return [
        {
          page,
          line: first + joined.slice(0, found.index).split('\n').length - 1,
          words: wordsOf(rest),
          inSentence: false,
        },
      ];
    });
  });
}

/** The words of one simple command, as a shell splits them: up to a pipe, a redirection, a comment or the end of the line. */
export function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (const [i, char] of text.split('').entries()) {
    if (quote !== '') {
      if (char === quote) quote = '';
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      if (char === '\n') break;
    } else if (/[|;&<>)`]/.test(char) || (char === '#' && word === undefined && i > 0)) {
      break;
    } else word = (word ?? '') + char;
  }
  if (word !== undefined) words.push(word);
  return words;
}
