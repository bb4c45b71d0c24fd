import spawn, { SubprocessError } from 'nano-spawn';

export interface ExecResult {
  /** Undefined when the program did not run to its end. */
  readonly rc: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly ended: 'exit' | 'timeout' | 'aborted' | 'not-started';
}

interface ExecOptions {
  readonly stdin?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Out of reach of the terminal's Ctrl-C, which is for us to act on. */
  readonly ownGroup?: boolean;
}

/** Runs a local program with a time limit after which it is killed. Never throws. */
export async function exec(
  argv: readonly string[],
  { stdin = '', timeoutMs, signal, ownGroup = false }: ExecOptions,
): Promise<ExecResult> {
  const [file = '', ...args] = argv;
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const { stdout, stderr } = await spawn(file, args, {
      stdin: { string: stdin },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      killSignal: 'SIGKILL',
      detached: ownGroup,
    });
    return { rc: 0, stdout, stderr, ended: 'exit' };
  } catch (error) {
    if (!(error instanceof SubprocessError)) throw error;
    const { stdout, stderr, exitCode } = error;
    if (signal?.aborted) return { rc: undefined, stdout, stderr, ended: 'aborted' };
    if (limit.aborted) return { rc: undefined, stdout, stderr, ended: 'timeout' };
    if (exitCode === undefined && error.signalName === undefined)
      return { rc: undefined, stdout, stderr: stderr || error.message, ended: 'not-started' };
    return { rc: exitCode, stdout, stderr, ended: 'exit' };
  }
}
