import { writeSync } from 'node:fs';
import { errorCode } from '../../core/error.ts';

/** Colours only for people: a terminal, and nobody asked for none (https://no-color.org). */
export function wantsColor(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb';
}

/** Results go to standard output; progress and findings about them to standard error, so that -o json can be piped. */
export function print(text: string): void {
  return write(1, text);
}

export function tell(text: string): void {
  return write(2, text);
}

/** Written at once, so that nothing is lost when the process ends; a closed pipe (`| head`) is not an error. */
function write(fd: number, text: string): void {
  const bytes = Buffer.from(text.endsWith('\n') ? text : `${text}\n`);
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(fd, bytes, done);
    } catch (error) {
      const code = errorCode(error);
      if (code === 'EPIPE') return;
      // A pipe whose reader is slow: try again.
      if (code !== 'EAGAIN') throw error;
    }
  }
}

export function printJson(value: unknown): void {
  return print(JSON.stringify(value, undefined, 2));
}
