import type { FindingPage } from './registry.ts';
import { table } from './table.ts';

/** Text is easiest to read at about this many characters a line. */
const width = 96;

/**
 * One kind of finding in full, for a terminal.
 * @param site address of the documentation site, where there is one
 */
export function explainText(
  { id, severities, title, why, remedy, docs, bad, good }: FindingPage,
  site?: string,
): string {
  return [
    `${id} (${severities.join(' or ')})\n${title}.`,
    `Why it matters:\n${paragraph(why)}`,
    `What to do:\n${paragraph(remedy)}`,
    ...(bad === undefined ? [] : [`A file that has it:\n${indented(bad)}`]),
    ...(good === undefined ? [] : [`A file that does not:\n${indented(good)}`]),
    `In the documentation: ${site === undefined ? `docs/${docs.replace('.html', '.md')}` : `${site.replace(/\/+$/, '')}/${docs}`}`,
  ].join('\n\n');
}

/** Every kind of finding by where it comes from, one line each. */
export function explainListText(pages: readonly FindingPage[]): string {
  const rooms = [...new Set(pages.map(({ room }) => room))];
  return rooms
    .map((room) => {
      const rows = pages
        .filter((page) => page.room === room)
        .map(({ id, severities, title }) => [id, severities.join(', '), title]);
      return table([room.toUpperCase(), '', ''], rows);
    })
    .join('\n\n');
}

/** Lines of whole words. A command in backticks stays on one line, so that it can be copied. */
function paragraph(text: string): string {
  const lines: string[] = [];
  for (const word of text.match(/[^\s`]*`[^`]*`\S*|\S+/g) ?? []) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return indented(lines.join('\n'));
}

function indented(text: string): string {
  return text.trimEnd().replaceAll(/^(?=.)/gm, '  ');
}
