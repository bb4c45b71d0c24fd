/** Numbers from a seed, the same on every machine (mulberry32): a case is found again by its number. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What breaks readers: ends of lines and quotes, colours and directions, numbers that are none, depth, emptiness. */
const hostile = [
  '\u001B[2J\u001B]0;x\u0007',
  '\u202Etxt',
  '\u0000',
  '\r\n',
  '\n\n',
  '"',
  "'",
  '{',
  '}',
  '[[[[[[[[',
  ']',
  '\\u0000',
  '\\u001b[31m',
  '\\',
  ',',
  ':',
  ' ',
  '\t',
  '-1',
  '1e999',
  '-1e308',
  'NaN',
  '99999999999999999999999999',
  '0x10',
  '1.5',
  'null',
  'true',
  '{}',
  '[]',
  '""',
  '__proto__',
  'constructor',
  '$(reboot)',
  '`',
  ';',
  '\uD800',
  '\u{1F4A3}',
  'é',
  '%s',
  '::1',
  '1.2.3.4',
  'fe80::1%eth0',
  '2026-13-45T99:99:99Z',
];

/** A text like one of `corpus`, changed in one to four places; now and then very long. */
export function mutated(corpus: readonly string[], random: () => number): string {
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  let text = pick(corpus) ?? '';
  for (let left = 1 + Math.floor(random() * 4); left > 0; left -= 1) {
    const at = Math.floor(random() * (text.length + 1));
    const length = Math.floor(random() * 12);
    const [before, cut, after] = [text.slice(0, at), text.slice(at, at + length), text.slice(at + length)];
    switch (Math.floor(random() * 8)) {
      case 0:
        text = before + after;
        break;
      case 1:
        text = before + (pick(hostile) ?? '') + cut + after;
        break;
      case 2:
        text = before + (pick(hostile) ?? '') + after;
        break;
      case 3:
        text = before + String.fromCharCode(Math.floor(random() * (random() < 0.5 ? 128 : 65_536))) + cut + after;
        break;
      case 4:
        text = before + cut.repeat(random() < 0.02 ? 1000 : 2) + after;
        break;
      case 5:
        text = random() < 0.3 ? before : before + cut + (pick(corpus) ?? '').slice(0, 400) + after;
        break;
      case 6:
        // A number or a word of the text becomes another.
        text = text.replace(random() < 0.5 ? /\d+/ : /[A-Za-z_]+/, () => pick(hostile) ?? '');
        break;
      default:
        text = after + cut + before;
    }
  }
  return text;
}
