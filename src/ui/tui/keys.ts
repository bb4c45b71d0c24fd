/** What an operator pressed. */
export type Key =
  | { readonly key: 'up' | 'down' | 'page-up' | 'page-down' | 'enter' | 'escape' | 'backspace' | 'interrupt' }
  | { readonly key: 'char'; readonly char: string };

const sequences: Readonly<Record<string, Key>> = {
  '\u001B[A': { key: 'up' },
  '\u001BOA': { key: 'up' },
  '\u001B[B': { key: 'down' },
  '\u001BOB': { key: 'down' },
  '\u001B[5~': { key: 'page-up' },
  '\u001B[6~': { key: 'page-down' },
  '\r': { key: 'enter' },
  '\n': { key: 'enter' },
  '\u001B': { key: 'escape' },
  '\u007F': { key: 'backspace' },
  '\b': { key: 'backspace' },
  '\u0003': { key: 'interrupt' },
  '\u0004': { key: 'interrupt' },
};

// oxlint-disable-next-line no-control-regex -- what a terminal sends for keys begins with one
const tokens = /\u001B(?:\[[0-9;]*[A-Za-z~]|O[A-Z])|[\s\S]/gu;

/** Keys from what a terminal in raw mode sent at once; sequences of keys that nothing here uses are left out. */
export function keysOf(text: string): readonly Key[] {
  return (text.match(tokens) ?? []).flatMap((token): readonly Key[] => {
    const known = Object.hasOwn(sequences, token) ? sequences[token] : undefined;
    if (known) return [known];
    return /^[^\p{Cc}\p{Cf}]$/u.test(token) ? [{ key: 'char', char: token }] : [];
  });
}
