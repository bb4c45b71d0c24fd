/** Words of a line, for lists of arguments and names that would otherwise take a line each; no word may hold a space. */
export function words(line: string): readonly string[] {
  return line.split(' ');
}
