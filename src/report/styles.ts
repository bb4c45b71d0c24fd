export interface Styles {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
}

/** Colours of a terminal, or nothing of the kind. */
export function styles(color: boolean): Styles {
  const style = (code: number, end: number) => (text: string) =>
    color ? `\u001B[${code}m${text}\u001B[${end}m` : text;
  return { bold: style(1, 22), dim: style(2, 22), red: style(31, 39), green: style(32, 39) };
}
