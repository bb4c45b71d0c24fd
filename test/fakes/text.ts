import { array, integer, type Arbitrary } from 'fast-check';

/**
 * Any text: of every code point but halves of a pair, control characters more often than others. fast-check's own "binary" unit
 * makes a table of all code points each time that it is asked for, which takes a second.
 */
export function anyText(maxLength = 100): Arbitrary<string> {
  const codePoint = integer({ min: 0, max: 0x10_ff_ff - 0x8_00 }).map((n) => (n < 0xd8_00 ? n : n + 0x8_00));
  return array(codePoint, { maxLength }).map((points) => String.fromCodePoint(...points));
}
