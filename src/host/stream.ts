import { spawn } from 'node:child_process';
import type { Command, CommandResult } from '../core/command.ts';
import type { ExecResult } from './exec.ts';
import type { Host } from './host.ts';

/** A command that goes on: it is asked by lines, answers in lines, and ends when its input does. */
export interface Stream {
  write(text: string): void;
  close(): void;
  /** Settles when the command has ended, however that came; never rejects. */
  readonly ended: Promise<CommandResult>;
}

/** A host that can also keep a command running beside the others on its one connection. */
export interface StreamingHost extends Host {
  /** Starts the command; its own timeout bounds it on the node. `onLine` gets each line of its output. */
  open(command: Command, onLine: (line: string) => void): Promise<Stream>;
}

/** A line of more characters than this is no answer of ours: whoever sends one is not listened to any more. */
const longestLine = 4 * 1024 * 1024;

/** What is kept of an error message; the last lines tell what went wrong. */
const keptError = 4000;

/** Starts a local program with pipes. `ended` never rejects; a program that cannot be started has no exit code. */
export function openLocal(
  argv: readonly string[],
  onLine: (line: string) => void,
): Omit<Stream, 'ended'> & { readonly ended: Promise<ExecResult> } {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  // The pieces of a line that has not ended: joined once, so that a long line costs no more than its length.
  let parts: string[] = [];
  let length = 0;
  let overflowed = false;
  let stderr = '';
  let closed = false;
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = chunk.split('\n');
    const last = lines.pop() ?? '';
    for (const line of lines) {
      onLine(parts.length === 0 ? line : parts.join('') + line);
      parts = [];
      length = 0;
    }
    if (last === '') return;
    parts.push(last);
    length += last.length;
    if (length <= longestLine) return;
    overflowed = true;
    parts = [];
    length = 0;
    child.kill('SIGKILL');
    // Whatever it started may keep the pipes open.
    child.stdout.destroy();
    child.stderr.destroy();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr = (stderr + chunk).slice(-keptError)));
  // A pipe whose reader is gone says so here; the end of the program tells why.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<ExecResult>((resolve) => {
    child.on('error', (error) => resolve({ rc: undefined, stdout: '', stderr: error.message, ended: 'not-started' }));
    child.on('close', (code) =>
      resolve({
        rc: code ?? undefined,
        stdout: '',
        stderr,
        ended: overflowed ? 'too-much' : closed ? 'aborted' : 'exit',
      }),
    );
  });
  return {
    write: (text) => void child.stdin.write(text),
    close: () => {
      closed = true;
      child.stdin.end();
      // The shared connection outlives this client; what runs on the node ends with its input.
      const kill = setTimeout(() => child.kill('SIGKILL'), 500);
      kill.unref();
    },
    ended,
  };
}
