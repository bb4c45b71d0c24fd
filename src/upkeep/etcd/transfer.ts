import { quote, succeeded, type Command } from '../../core/command.ts';
import { errorText } from '../../core/error.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { Host } from '../../host/host.ts';
import { intent } from '../../node/intent.ts';
import { etcdFiles, etcdFolder } from '../../node/paths.ts';

/** Whole blocks of dd; in base64 it is still far below what is read from a node at once. */
export const chunkBytes = 4 * 1024 * 1024;

const blockBytes = 1024 * 1024;

/** A file that is read in pieces, so that its size does not matter. */
export interface Pieces {
  readonly bytes: number;
  /** @throws where it cannot be read */
  read(offset: number, bytes: number): Promise<Uint8Array>;
}

/** A file on a node, which root may read. @throws when it is read, where the node does not answer */
export function piecesOn(host: Host, path: string, bytes: number): Pieces {
  return {
    bytes,
    read: async (offset, length) => {
      const ran = await host.run(readCommand(path, offset, length));
      if (!succeeded(ran)) throw new Error(ran.failure?.message ?? ran.stderr.trim());
      return Buffer.from(ran.stdout, 'base64');
    },
  };
}

function readCommand(path: string, offset: number, bytes: number): Command {
  const text = `dd if=${quote(path)} bs=${blockBytes} skip=${offset / blockBytes} count=${Math.ceil(bytes / blockBytes)} 2>/dev/null | base64`;
  return {
    summary: 'read a part of the snapshot',
    argv: ['sh', '-c', text],
    timeoutMs: 120_000,
    privileged: true,
    intent: intent({ kind: 'read-chunk', path, offset, bytes }),
  };
}

/** A part of a snapshot, put in its place in the folder of a restore; doing it again changes nothing. */
export function receiveCommand(id: string, offset: number, part: Uint8Array): Command {
  const text = `umask 077
mkdir -p ${etcdFolder} ${etcdFiles.restore}
base64 -d | dd of=${etcdFiles.restore}/snapshot.db bs=${blockBytes} seek=${offset / blockBytes} conv=notrunc 2>/dev/null`;
  return {
    summary: 'write a part of the snapshot',
    argv: ['sh', '-c', text],
    stdin: Buffer.from(part).toString('base64'),
    timeoutMs: 120_000,
    privileged: true,
    intent: intent({ kind: 'receive-chunk', id, offset }),
  };
}

/** Copies a file to a node, where a restore looks for it. @returns why it is not there */
export async function send(host: Host, id: string, file: Pieces): Promise<Result<undefined, string>> {
  for (let offset = 0; offset < file.bytes; offset += chunkBytes) {
    const part = await readPart(file, offset);
    if (!part.ok) return part;
    const ran = await host.run(receiveCommand(id, offset, part.value));
    if (!succeeded(ran)) return err(ran.failure?.message ?? (ran.stderr.trim() || `it ended with ${ran.rc}`));
  }
  return ok(undefined);
}

async function readPart(file: Pieces, offset: number): Promise<Result<Uint8Array, string>> {
  try {
    return ok(await file.read(offset, Math.min(chunkBytes, file.bytes - offset)));
  } catch (error) {
    return err(errorText(error));
  }
}

/** Hands every part of a file to `take`, in order. @throws where it cannot be read */
export async function eachPart(file: Pieces, take: (part: Uint8Array) => void): Promise<void> {
  for (let offset = 0; offset < file.bytes; offset += chunkBytes)
    take(await file.read(offset, Math.min(chunkBytes, file.bytes - offset)));
}
