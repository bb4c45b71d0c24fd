import { spawn } from 'node:child_process';
import { problem, stop } from './problem.ts';

/** How a command ended. `rc` 127: there is no such program. */
export interface Ran {
  readonly rc: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Called with each line of standard error while the command runs. */
  readonly onLine?: (line: string) => void;
}

export interface Runner {
  readonly lab: string;
  readonly signal: AbortSignal | undefined;
  /** Runs a command to its end; only an abort throws. */
  run(argv: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Like `run`, but a command that fails stops the operation with what it said. @returns standard output */
  must(what: string, argv: readonly string[], options?: RunOptions): Promise<string>;
}

/** Every process that the lab starts carries the lab's name in its environment: leftovers of a crash are found by it. */
export function markerOf(lab: string): string {
  return `K8S_HA_LAB_OWNER=${lab}`;
}

function environment(lab: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    K8S_HA_LAB_OWNER: lab,
    LC_ALL: 'C.UTF-8',
    PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`,
  };
}

/** Runs programs for one lab. The abort signal kills what runs and rejects with the signal's reason. */
export function createRunner(lab: string, signal?: AbortSignal): Runner {
  const run: Runner['run'] = (argv, { input = '', timeoutMs = 60_000, onLine } = {}) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const [program = '', ...args] = argv;
      const child = spawn(program, args, { env: environment(lab), stdio: 'pipe' });
      const abort = (): void => void child.kill('SIGKILL');
      const timer = setTimeout(abort, timeoutMs);
      signal?.addEventListener('abort', abort);
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        stderr += chunk;
        if (onLine) for (const line of chunk.split('\n')) if (line.trim() !== '') onLine(line.trim());
      });
      const finish = (rc: number, more = ''): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        if (signal?.aborted) reject(new Error('aborted', { cause: signal.reason }));
        else resolve({ rc, stdout, stderr: stderr + more });
      };
      child.on('error', (error) => finish(127, error.message));
      child.on('close', (rc, killedBy) => finish(rc ?? 128, killedBy === null ? '' : `ended by ${killedBy}`));
      // A program that ends without reading its input is not an error of ours.
      child.stdin.on('error', () => undefined).end(input);
    });
  const must: Runner['must'] = async (what, argv, options) => {
    const ran = await run(argv, options);
    if (ran.rc === 0) return ran.stdout;
    const said = (ran.stderr || ran.stdout).trim().split('\n').slice(-8).join('\n');
    throw stop(
      problem('command', `could not ${what}: ${argv[0]} ended with ${ran.rc}${said === '' ? '' : `: ${said}`}`),
    );
  };
  return { lab, signal, run, must };
}

/** Waits until `probe` gives a value; undefined after `timeoutMs`. An abort throws. */
export async function waitFor<T>(
  probe: () => T | undefined | Promise<T | undefined>,
  { timeoutMs, everyMs = 25, signal }: { timeoutMs: number; everyMs?: number; signal?: AbortSignal | undefined },
): Promise<T | undefined> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    const value = await probe();
    if (value !== undefined || performance.now() > until) return value;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/**
 * Waits until all of them have ended, well or not, and throws the first error: nothing goes on in the background while the
 * caller cleans up.
 */
export async function all<T>(works: readonly Promise<T>[]): Promise<readonly T[]> {
  const settled = await Promise.allSettled(works);
  for (const one of settled) if (one.status === 'rejected') throw one.reason;
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}
