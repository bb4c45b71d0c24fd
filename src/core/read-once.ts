/**
 * The same reader, which reads a text when it is new: a node that is looked at again and again says the same for most of the time.
 * It remembers texts up to `mostCharacters` and forgets them all when they are more. The reader must be pure, and nobody may change
 * what it returns.
 */
export function readOnce<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, { readonly value: T }>();
  let room = mostCharacters;
  return (text) => {
    const before = known.get(text);
    if (before) return before.value;
    const own = copied(text);
    const value = read(own);
    const size = own.length + perText;
    // One that is too long for it leaves the others where they are.
    if (size > mostCharacters) return value;
    if (size > room) {
      known.clear();
      room = mostCharacters;
    }
    room -= size;
    known.set(own, { value });
    return value;
  };
}

/** The same function of a value that nobody changes, such as a specification: its result is made when the value is new. */
export function madeOnce<K extends object, T>(make: (of: K) => T): (of: K) => T {
  const known = new WeakMap<K, { readonly value: T }>();
  return (of) => {
    const before = known.get(of);
    if (before) return before.value;
    const value = make(of);
    known.set(of, { value });
    return value;
  };
}

/** V8 keeps all of a text for as long as a part of it is kept: what is remembered is a text of its own. */
function copied(text: string): string {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a string becomes a string
  return JSON.parse(JSON.stringify(text)) as string;
}

const mostCharacters = 300_000;
/** What an entry takes besides its text. */
const perText = 500;
