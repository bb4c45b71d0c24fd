import * as z from 'zod';
import type { SnapshotStatus } from './model.ts';

const form = z.object({
  hash: z.int(),
  revision: z.int().min(0),
  totalKey: z.int().min(0),
  totalSize: z.int().min(0),
});

/** Reads what `etcdutl snapshot status --write-out=json` prints; undefined where it is nothing of the kind. */
export function statusOf(text: string): SnapshotStatus | undefined {
  try {
    const read = form.safeParse(JSON.parse(text));
    if (!read.success) return undefined;
    const { hash, revision, totalKey, totalSize } = read.data;
    return { hash, revision, keys: totalKey, bytes: totalSize };
  } catch {
    return undefined;
  }
}
