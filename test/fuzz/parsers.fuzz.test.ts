import { describe, expect, it } from 'vitest';
import { harmless } from '../../src/core/printable.ts';
import { mutated, randomOf } from './mutate.ts';
import { parsers, type Parser } from './parsers.ts';

const runs = Number(process.env['K8S_HA_FUZZ_RUNS'] ?? 100_000);
const seed = Number(process.env['K8S_HA_FUZZ_SEED'] ?? 1);
const each = Math.ceil(runs / parsers.length);

/** A text of some kilobytes is read in milliseconds; this is what a busy machine may add to it, in processor time. */
const mostWorkMs = 500;

/** What is read is no longer than this many times the text, and some pages. */
const growth = 6;
const page = 100_000;

/** Every text in a value but those in `raw` fields, with where it is. */
function* textsIn(value: unknown, raw: readonly string[], at = ''): Generator<readonly [string, string]> {
  if (typeof value === 'string') yield [at, value];
  else if (Array.isArray(value)) for (const [i, one] of value.entries()) yield* textsIn(one, raw, `${at}[${i}]`);
  else if (typeof value === 'object' && value !== null)
    for (const [key, one] of Object.entries(value)) if (!raw.includes(key)) yield* textsIn(one, raw, `${at}.${key}`);
}

/** Numbers that are none, or that no date can be made of, are found later, where they hurt. */
function* numbersIn(value: unknown, at = ''): Generator<readonly [string, number]> {
  if (typeof value === 'number') yield [at, value];
  else if (Array.isArray(value)) for (const [i, one] of value.entries()) yield* numbersIn(one, `${at}[${i}]`);
  else if (typeof value === 'object' && value !== null)
    for (const [key, one] of Object.entries(value)) yield* numbersIn(one, `${at}.${key}`);
}

/** @throws where a property does not hold */
function judge({ read, raw = [] }: Parser, text: string): void {
  const began = process.cpuUsage();
  const value = read(text);
  const { user, system } = process.cpuUsage(began);
  if ((user + system) / 1000 > mostWorkMs) throw new Error(`took ${(user + system) / 1000} ms`);
  const size = JSON.stringify(value)?.length ?? 0;
  if (size > growth * text.length + page) throw new Error(`${text.length} characters became ${size}`);
  for (const [at, shown] of textsIn(value, raw))
    if (harmless(shown) !== shown || ['\n', '\t', '\u001B'].some((control) => shown.includes(control)))
      throw new Error(`${at} has a control character: ${JSON.stringify(shown)}`);
  for (const [at, number] of numbersIn(value)) if (!Number.isFinite(number)) throw new Error(`${at} is ${number}`);
}

describe(`${runs} texts that others could send, from seed ${seed}`, () => {
  it.each(parsers)(
    '$name: reads all without a crash, in bounds, and shows nothing that controls a terminal',
    { timeout: 3_600_000 },
    (parser) => {
      let cases = 0;
      for (const text of parser.corpus) judge(parser, text);
      for (let number = 0; number < each; number += 1) {
        const text = mutated(parser.corpus, randomOf(seed * 1_000_003 + number));
        try {
          judge(parser, text);
        } catch (error) {
          throw new Error(`case ${number} of seed ${seed}: ${String(error)}\n${JSON.stringify(text).slice(0, 3000)}`, {
            cause: error,
          });
        }
        cases += 1;
      }
      expect(cases).toBe(each);
    },
  );

  const long = 200_000;
  it.each(parsers)(
    '$name: reads long runs of one character in a time that grows as they do',
    { timeout: 600_000 },
    (parser) => {
      for (const text of parser.corpus.slice(0, 3))
        for (const filler of ['9', ' ', 'a', '"', '[', '\\', ',', ':', '1.', '-', '\n', '(', '/', 'H:x\n', '{"a":']) {
          const run = filler.repeat(long / filler.length);
          const began = process.cpuUsage();
          parser.read(run);
          parser.read(text.replace(/[A-Za-z0-9_]{2,}(?=[^A-Za-z0-9_]*$)/, () => run));
          const { user, system } = process.cpuUsage(began);
          expect((user + system) / 1000, JSON.stringify(filler)).toBeLessThan(4000);
        }
    },
  );
});
