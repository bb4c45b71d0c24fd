import * as z from 'zod';
import { errorText } from '../../core/error.ts';
import { known, unknown, type Observed } from '../../core/observed.ts';
import { brief } from '../../core/printable.ts';

/** Reads JSON that a node said; what `read` throws about it is why it is unknown. */
export function json<T>(seen: Observed<string>, read: (value: unknown) => T): Observed<T> {
  if (!seen.known) return seen;
  try {
    return known(read(JSON.parse(seen.value)));
  } catch (error) {
    return unknown(`cannot be read: ${brief(error instanceof z.ZodError ? z.prettifyError(error) : errorText(error))}`);
  }
}
