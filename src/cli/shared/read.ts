import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** How long what is at the other end of a pipe may take for its next words. */
const patienceMs = 10_000;

/** Between two looks at a pipe. */
const pauseMs = 20;

/**
 * Reads a file, a device or a pipe up to a bound: what never ends costs no more, and a pipe that nobody writes to ends it.
 * @returns at most `limit` bytes: as many where there is more
 * @throws what the system says, or that nothing came
 */
export function readUpTo(file: string, limit: number): Buffer {
  // Without it, a pipe that has no writer would be waited for, by a process that no signal reaches.
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const buffer = Buffer.alloc(Math.min(limit, fstatSync(fd).size || limit));
    let length = 0;
    for (let count = 1; count > 0 && length < buffer.length; length += count) count = readSome(fd, buffer, length);
    return buffer.subarray(0, length);
  } finally {
    closeSync(fd);
  }
}

function readSome(fd: number, buffer: Buffer, at: number): number {
  for (let waitedMs = 0; ; waitedMs += pauseMs) {
    try {
      return readSync(fd, buffer, at, buffer.length - at, null);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      if (waitedMs >= patienceMs)
        throw new Error(`nothing came out of it for ${patienceMs / 1000} s`, { cause: error });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}
