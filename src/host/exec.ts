import spawn, { SubprocessError, type Subprocess } from 'nano-spawn';

export interface ExecResult {
  /** Undefined when the program did not run to its end. */
  readonly rc: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** `too-much`: it printed more than `maxOutputBytes`, and was killed. */
  readonly ended: 'exit' | 'timeout' | 'aborted' | 'not-started' | 'too-much';
}

/** No answer of a node is nearly so long: the largest has every file of ours and ten previous sets of them. */
export const maxOutputBytes = 64 * 1024 * 1024;

interface ExecOptions {
  readonly maxBytes?: number;
  readonly stdin?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Out of reach of the terminal's Ctrl-C, which is for us to act on. */
  readonly ownGroup?: boolean;
}

/** Runs a local program with a time limit after which it is killed. Never throws. */
export async function exec(argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
  const result = await execOnce(argv, options);
  // Between its fork and its own process group, a terminal's Ctrl-C reaches it after all: it has not begun then.
  return options.ownGroup === true && result.interrupted ? execOnce(argv, options) : result;
}

interface Once extends ExecResult {
  /** Ended by SIGINT, without a word. */
  readonly interrupted?: boolean;
}

async function execOnce(
  argv: readonly string[],
  { stdin = '', timeoutMs, signal, ownGroup = false, maxBytes = maxOutputBytes }: ExecOptions,
): Promise<Once> {
  const [file = '', ...args] = argv;
  const limit = AbortSignal.timeout(timeoutMs);
  const overflow = new AbortController();
  try {
    const running = spawn(file, args, {
      stdin: { string: stdin },
      signal: AbortSignal.any([limit, overflow.signal, ...(signal ? [signal] : [])]),
      killSignal: 'SIGKILL',
      detached: ownGroup,
    });
    bound(running, maxBytes, overflow);
    const { stdout, stderr } = await running;
    return { rc: 0, stdout, stderr, ended: 'exit' };
  } catch (error) {
    if (!(error instanceof SubprocessError)) throw error;
    const { stdout, stderr, exitCode } = error;
    if (overflow.signal.aborted) return { rc: undefined, stdout: '', stderr: '', ended: 'too-much' };
    if (signal?.aborted) return { rc: undefined, stdout, stderr, ended: 'aborted' };
    if (limit.aborted) return { rc: undefined, stdout, stderr, ended: 'timeout' };
    if (exitCode === undefined && error.signalName === undefined)
      return { rc: undefined, stdout, stderr: stderr || error.message, ended: 'not-started' };
    const interrupted = error.signalName === 'SIGINT' && stdout === '' && stderr === '';
    return { rc: exitCode, stdout, stderr, ended: 'exit', ...(interrupted && { interrupted }) };
  }
}

/** Ends a program that prints without end: its output would be kept in memory. */
function bound(running: Subprocess, maxBytes: number, overflow: AbortController): void {
  let bytes = 0;
  const count = (chunk: Buffer | string): void => {
    bytes += chunk.length;
    if (bytes > maxBytes) overflow.abort();
  };
  running.nodeChildProcess.then(
    ({ stdout, stderr }) => {
      stdout?.on('data', count);
      stderr?.on('data', count);
    },
    // It could not be started: the result says so.
    () => undefined,
  );
}
