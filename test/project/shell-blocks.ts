/** What a reader copies from a page: one command, with the lines that belong to it, without its comments. */
export interface ShellCommand {
  readonly page: string;
  /** Of the page, from 1. */
  readonly line: number;
  readonly text: string;
}

/** Every command of the fenced blocks that are shell, in the order of the page. A loop or a pipe over several lines is one. */
export function shellCommandsIn(page: string, text: string): readonly ShellCommand[] {
  return [...text.matchAll(/^```(?:sh|bash|shell)\n([\s\S]*?)^```$/gm)].flatMap(({ 1: block = '', index }) => {
    const first = text.slice(0, index).split('\n').length + 1;
    const commands: ShellCommand[] = [];
    let open = '';
    for (const [i, line] of block.split('\n').entries()) {
      open = open === '' ? withoutComment(line) : `${open}\n${withoutComment(line)}`;
      if (!isComplete(open)) continue;
      const lines = open.trim();
      if (lines !== '') commands.push({ page, line: first + i - lines.split('\n').length + 1, text: lines });
      open = '';
    }
    return commands;
  });
}

function withoutComment(line: string): string {
  return line.replace(/(?:^|\s+)#\s.*$/, '').trimEnd();
}

function isComplete(text: string): boolean {
  const quotes = text.match(/'/g)?.length ?? 0;
  const loops = (text.match(/\bdo$/gm)?.length ?? 0) - (text.match(/^done\b/gm)?.length ?? 0);
  return quotes % 2 === 0 && loops === 0 && !/(?:\\|\||&&)$/.test(text);
}
