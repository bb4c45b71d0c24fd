import * as z from 'zod';
import { errorText } from '../../core/error.ts';
import { known, unknown, type Observed } from '../../core/observed.ts';
import { brief } from '../../core/printable.ts';
import { readOnce } from '../../core/read-once.ts';

/** A reader of JSON that a node said; what `read` throws about it is why it is unknown. */
export function jsonReader<T>(read: (value: unknown) => T): (seen: Observed<string>) => Observed<T> {
  const readText = readOnce((text): Observed<T> => {
    try {
      return known(read(JSON.parse(text)));
    } catch (error) {
      return unknown(
        `cannot be read: ${brief(error instanceof z.ZodError ? z.prettifyError(error) : errorText(error))}`,
      );
    }
  });
  return (seen) => (seen.known ? readText(seen.value) : seen);
}
