import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { errorText } from '../../core/error.ts';
import { problem, stop } from '../problem.ts';

/** One file of a release. */
export interface Download {
  readonly url: string;
  /** Where its SHA-256 is: the sum alone, or a list with a line for each file. */
  readonly sumUrl: string;
  readonly target: string;
}

interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Tries after the first one; each goes on where the last one was cut. */
  readonly retries?: number;
}

/** Picks a file's sum out of a `.sha256` (the sum alone) or a SHA256SUMS list; undefined when it is not in it. */
export function sumOf(text: string, file: string): string | undefined {
  const sum = '([0-9a-f]{64})';
  const alone = new RegExp(`^\\s*${sum}\\s*$`).exec(text);
  if (alone) return alone[1];
  for (const line of text.split('\n')) {
    const [, found, name] = new RegExp(`^${sum}\\s+\\*?(\\S+)$`).exec(line.trim()) ?? [];
    if (name === file) return found;
  }
  return undefined;
}

/** SHA-256 of a file, in hexadecimal. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/**
 * Downloads a file and checks its sum before anything can use it: it is in place only when the sum is right. A download that
 * is cut goes on where it was, also in a later run; one whose sum is wrong is thrown away.
 * @throws findings (problem.ts) that say what could not be fetched, or that the sum is wrong
 */
export async function download(
  { url, sumUrl, target }: Download,
  { signal, retries = 3 }: DownloadOptions = {},
): Promise<void> {
  const file = new URL(url).pathname.split('/').at(-1) ?? '';
  const answer = await request(sumUrl, {}, signal);
  const wanted = sumOf(await answer.text(), file);
  if (wanted === undefined)
    throw stop(
      problem('checksum-missing', `${sumUrl} has no SHA-256 of ${file}`, { reason: 'Nothing unchecked is run.' }),
    );
  const part = `${target}.part`;
  const resumed = (await sizeOf(part)) > 0;
  for (let left = retries; ; left -= 1)
    try {
      await fetchRest(url, part, signal);
      break;
    } catch (error) {
      if (left <= 0 || signal?.aborted === true) throw error;
    }
  if ((await sha256OfFile(part)) !== wanted) {
    await Promise.all([part, etagFile(part)].map((path) => rm(path, { force: true })));
    // What an earlier run left may have been of another file: start from the beginning.
    if (resumed) return download({ url, sumUrl, target }, { signal, retries });
    throw stop(
      problem('checksum', `${url} has another SHA-256 than ${sumUrl} says`, {
        reason: 'The file was changed on the way, or the mirror is wrong. It was thrown away.',
      }),
    );
  }
  await chmod(part, 0o755);
  await rename(part, target);
  await rm(etagFile(part), { force: true });
}

function etagFile(part: string): string {
  return `${part}.etag`;
}

/** Fetches what is missing of a file; from the beginning where the server cannot or must not go on. */
async function fetchRest(url: string, part: string, signal: AbortSignal | undefined): Promise<void> {
  const size = await sizeOf(part);
  const etag = size > 0 ? await readFile(etagFile(part), 'utf8').catch(() => '') : '';
  const headers: Record<string, string> =
    size > 0 ? { range: `bytes=${size}-`, ...(etag !== '' && { 'if-range': etag }) } : {};
  const answer = await request(url, headers, signal);
  if (answer.status === 416) return; // all of it is there already; the sum decides
  await writeFile(etagFile(part), answer.headers.get('etag') ?? '');
  if (!answer.body) throw fetchProblem(url, 'the answer has no body');
  const append = answer.status === 206 && answer.headers.get('content-range')?.startsWith(`bytes ${size}-`) === true;
  try {
    await pipeline(Readable.fromWeb(answer.body), createWriteStream(part, { flags: append ? 'a' : 'w' }), {
      ...(signal && { signal }),
    });
  } catch (error) {
    throw fetchProblem(url, `the transfer was cut: ${errorText(error)}`);
  }
}

async function request(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, { headers, ...(signal && { signal }) });
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw fetchProblem(url, errorText(cause));
  }
  if (answer.ok || answer.status === 416) return answer;
  throw fetchProblem(url, `the server answers ${answer.status}`);
}

function fetchProblem(url: string, why: string): Error {
  return stop(
    problem('download', `${url} could not be fetched: ${why}`, {
      suggestion: 'Run it again: a download goes on where it was. Or give the programs: --binaries DIR.',
    }),
  );
}
