import { writeSync } from 'node:fs';
import { errorCode } from '../../core/error.ts';
import { harmless } from '../../core/printable.ts';

/** Colours only for people: a terminal, and nobody asked for none (https://no-color.org). */
export function wantsColor(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb';
}

/**
 * How a text for people is laid out on a stream: in colour and as wide as the terminal, plain elsewhere.
 * @param otherwise the width where there is no terminal; Infinity for lines that others search
 */
export function layoutOf(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  otherwise = 80,
): { readonly color: boolean; readonly width: number } {
  return { color: wantsColor(stream), width: stream.columns ?? otherwise };
}

/** Results go to standard output; progress and findings about them to standard error, so that -o json can be piped. */
export function print(text: string): void {
  return write(1, text);
}

export function tell(text: string): void {
  return write(2, text);
}

export function printJson(value: unknown): void {
  return print(JSON.stringify(value, undefined, 2));
}

/** How long a reader that is slow may hold up what is being done. */
const patienceMs = 2000;

/**
 * Written at once, so that nothing is lost when the process ends. What is shown never stops what is done: a reader that is
 * gone (EPIPE), a full disk behind a redirection or a terminal that hung up loses the text, and nothing else.
 */
function write(fd: number, text: string): void {
  const said = harmless(text);
  const bytes = Buffer.from(said.endsWith('\n') ? said : `${said}\n`);
  let until: number | undefined;
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(fd, bytes, done);
      until = undefined;
    } catch (error) {
      // A pipe whose reader is slow: try again, for a while.
      if (errorCode(error) !== 'EAGAIN') return;
      until ??= performance.now() + patienceMs;
      if (performance.now() > until) return;
    }
  }
}
