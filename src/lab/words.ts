/** Words of a line, for lists of arguments and names that would otherwise take a line each; no word may hold a space. */
export const words = (line: string): readonly string[] => line.split(' ');
