import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode, errorText } from '../../core/error.ts';
import { UsageError } from './usage.ts';

/** Runs what writes a file or folder that the operator named. @throws UsageError with the place and what the system says */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    throw new UsageError(`${path} cannot be written: ${errorText(error)}`, 'Name another place, or make room there.');
  }
}

/**
 * Makes a folder and those above it. Node's own recursive way never ends where the system lies about what is missing, as /proc does.
 * @throws what the system says
 */
export function makeFolder(path: string, mode = 0o777): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeFolder(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Somebody else was faster, or it is no folder: then what comes next says so.
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}
