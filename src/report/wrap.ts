/** Breaks at spaces, never inside of a word or of `100 ms`. A word longer than the line stands alone. */
export function wrap(text: string, width: number, indent: string): string[] {
  const room = Math.max(20, width - indent.length);
  const words = text.replace(/(\d) (?=(?:ms|s|min)\b)/g, '$1\u00A0').split(' ');
  const lines = words.reduce<string[]>((lines, word) => {
    const last = lines.at(-1);
    return last === undefined || last.length + 1 + word.length > room
      ? [...lines, word]
      : [...lines.slice(0, -1), `${last} ${word}`];
  }, []);
  return lines.map((line) => `${indent}${line.replaceAll('\u00A0', ' ')}`);
}
