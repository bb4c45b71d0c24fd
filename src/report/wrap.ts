/**
 * Breaks a text between words so that no line is wider than `width`; a word that is wider stays whole, and so does `100 ms`. The
 * first line is indented by `indent` spaces and the others by `hanging`, which count.
 */
export function wrap(
  text: string,
  width: number,
  { indent = 0, hanging = indent }: { readonly indent?: number; readonly hanging?: number } = {},
): readonly string[] {
  const lines: string[] = [];
  let line = '';
  const margin = (): number => (lines.length === 0 ? indent : hanging);
  for (const word of text.replaceAll(/(\d) (?=(?:ms|s|min)\b)/g, `$1${fixed}`).split(' '))
    if (line !== '' && margin() + line.length + 1 + word.length > width) {
      lines.push(' '.repeat(margin()) + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  return [...lines, ' '.repeat(margin()) + line].map((full) => full.replaceAll(fixed, ' '));
}

/** A space at which no line is broken. */
const fixed = '\u00A0';
