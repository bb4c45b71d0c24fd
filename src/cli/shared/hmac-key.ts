import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errorText } from '../../core/error.ts';
import type { Finding } from '../../core/finding.ts';
import { err, ok, type Result } from '../../core/result.ts';

/** 128 digits, and what an editor leaves around them. */
const longest = 256;

/**
 * Reads the key that signs adverts. What was read is never repeated.
 * @param file as the cluster file says it
 * @param clusterFile the file that says it: a relative path is beside it
 * @returns 64–128 hexadecimal digits in lower case (keepalived takes 32–64 bytes)
 */
export async function readHmacKey(file: string, clusterFile: string): Promise<Result<string, Finding>> {
  try {
    // A pipe that nobody writes to must not stop us.
    const handle = await open(resolve(dirname(clusterFile), file), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const about = await handle.stat();
      if (!about.isFile()) return err(problem(file, 'it is not a regular file'));
      if ((about.mode & 0o077) !== 0)
        return err(
          problem(file, 'others may read it', `Run \`chmod 600 ${file}\`; a key that others have read is none.`),
        );
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(longest), 0, longest, 0);
      const key = buffer.subarray(0, bytesRead).toString('latin1').trim().toLowerCase();
      if (!/^[0-9a-f]{64,128}$/.test(key) || key.length % 2 !== 0)
        return err(problem(file, 'it is not 64 to 128 hexadecimal digits, an even number of them'));
      return ok(key);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return err(problem(file, errorText(error)));
  }
}

function problem(file: string, why: string, suggestion?: string): Finding {
  return {
    rule: 'hmac-key-file',
    severity: 'error',
    message: `the key of keepalived.hmacKeyFile cannot be used, ${file}: ${why}`,
    path: ['keepalived', 'hmacKeyFile'],
    suggestion:
      suggestion ?? `Make one: (umask 077; openssl rand -hex 32 >${file}). It is relative to the cluster file.`,
  };
}
