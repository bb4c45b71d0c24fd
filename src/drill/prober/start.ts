import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ProbeConfig, ProbeSample, WatchEvent } from '../measure/probe.ts';
import { collector, type ProbeResult } from './collector.ts';

/** The compiled prober, also where this file runs from its TypeScript source. */
const builtProgram = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../../dist/drill/prober/main.js' : 'main.js', import.meta.url),
);

export interface StartProberOptions {
  /** Put before the prober's own command, e.g. `['ip', 'netns', 'exec', 'client']`. */
  readonly wrap?: readonly string[];
  /** Kills the prober at once. */
  readonly signal?: AbortSignal;
  /** The prober's program, where it is not the one beside this file. */
  readonly program?: string;
}

export interface Prober {
  /** What was found so far, in the order of the answers. It grows. */
  readonly samples: readonly ProbeSample[];
  /** What became of the watch so far. It grows. */
  readonly watch: readonly WatchEvent[];
  /** When probe 0 was due, on the monotonic clock. */
  readonly originMs: number;
  /** Stops sending, waits for the probes in flight (at most their timeout), and returns everything. Safe to call twice. */
  stop(): Promise<ProbeResult>;
}

const stopGraceMs = 2000;

/** Reading the writes back and clearing them away. */
const auditGraceMs = 60_000;

/**
 * Starts the prober as a process of its own and waits until it is about to send. The process ends with this one: its stdin
 * does.
 * @throws Error when it cannot be started or refuses the configuration; the message says why
 */
export async function startProber(config: ProbeConfig, options: StartProberOptions = {}): Promise<Prober> {
  const program = options.program ?? builtProgram;
  const [wrapper, ...wrapped] = options.wrap ?? [];
  const child =
    wrapper === undefined
      ? spawn(process.execPath, [program], { stdio: 'pipe' })
      : spawn(wrapper, [...wrapped, process.execPath, program], { stdio: 'pipe' });
  const collected = collector();
  let stopping: Promise<ProbeResult> | undefined;

  const kill = (): void => {
    child.kill('SIGKILL');
  };
  options.signal?.addEventListener('abort', kill, { once: true });
  child.stderr.on('data', (chunk: Buffer) => {
    collected.complain(chunk.toString());
  });
  // A prober that is gone breaks the pipe; its end is told by `exited`.
  child.stdin.on('error', () => undefined);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : `ended by ${signal}`));
  });

  const origin = new Promise<number>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => collected.take(line, resolve));
  });
  const finished = exited.then((end) => {
    options.signal?.removeEventListener('abort', kill);
    return end;
  });

  child.stdin.write(`${JSON.stringify(config)}\n`);
  if (options.signal?.aborted === true) kill();
  const originMs = await Promise.race([origin, finished]);
  if (typeof originMs === 'string') throw new Error(`the prober could not start: ${collected.why(originMs)}`);

  const stop = async (): Promise<ProbeResult> => {
    child.stdin.end('stop\n');
    const late = setTimeout(kill, config.timeoutMs + stopGraceMs + (config.writes ? auditGraceMs : 0));
    const end = await finished;
    clearTimeout(late);
    return collected.result(end);
  };
  return { ...collected.seen, originMs, stop: () => (stopping ??= stop()) };
}
