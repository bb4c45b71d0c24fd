import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorText } from '../../core/error.ts';
import type { Pieces } from '../../index.ts';
import { UsageError } from './usage.ts';

/** A file of this machine, read in pieces. @throws UsageError where it cannot be read */
export async function piecesOfFile(path: string): Promise<Pieces & { readonly modifiedMs: number }> {
  try {
    const file = await open(path);
    const { size, mtimeMs } = await file.stat();
    return {
      bytes: size,
      modifiedMs: mtimeMs,
      read: async (offset, bytes) => {
        const buffer = Buffer.alloc(bytes);
        const { bytesRead } = await file.read(buffer, 0, bytes, offset);
        return buffer.subarray(0, bytesRead);
      },
    };
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${errorText(error)}`, 'Name a snapshot: a file that ends with .db.');
  }
}

/** SHA-256 of all pieces. */
export async function digestOf(file: Pieces): Promise<string> {
  const { eachPart } = await import('../../index.ts');
  const hash = createHash('sha256');
  await eachPart(file, (part) => void hash.update(part));
  return hash.digest('hex');
}

/**
 * Writes all pieces into a file that its owner alone can read; it is there whole or not at all.
 * @returns its SHA-256
 * @throws what the system says, or the node
 */
export async function writePieces(path: string, file: Pieces): Promise<string> {
  const { eachPart } = await import('../../index.ts');
  const hash = createHash('sha256');
  const unfinished = `${path}.part`;
  const fd = openSync(unfinished, 'w', 0o600);
  try {
    await eachPart(file, (part) => {
      hash.update(part);
      for (let at = 0; at < part.length;) at += writeSync(fd, part, at);
    });
    fsyncSync(fd);
    renameSync(unfinished, path);
    return hash.digest('hex');
  } finally {
    closeSync(fd);
    rmSync(unfinished, { force: true });
  }
}
