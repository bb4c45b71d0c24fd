/**
 * What a command does, as data beside its shell: a simulated node carries out the intent and reads no shell. Which intents
 * there are is said where commands are made (`node/intent.ts`).
 */
export interface Intent {
  readonly kind: string;
}

/** A command on a node, as a value: composed by pure functions, printed by a dry run, executed at one edge (`Host.run`). */
export interface Command {
  /** What it does, in a few words, for progress and errors: "read the state". */
  readonly summary: string;
  readonly argv: readonly string[];
  /** Travels on standard input, so that contents and secrets are never in a process's arguments. */
  readonly stdin?: string;
  readonly timeoutMs: number;
  /** Needs root; the host adds sudo where the login is not root. */
  readonly privileged: boolean;
  readonly intent?: Intent;
}

/** Quotes a word for a POSIX shell; safe words stay readable. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

export function quoteAll(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}

/**
 * A POSIX shell script as a command. The text is wrapped in a function that runs only once all of it has arrived, so that
 * a connection that dies in the middle of the transfer runs nothing, and so that no command in it can eat the rest of it.
 */
export function script(
  summary: string,
  text: string,
  {
    timeoutMs = 30_000,
    privileged = true,
    intent,
  }: { timeoutMs?: number; privileged?: boolean; intent?: Intent | undefined } = {},
): Command {
  return {
    summary,
    argv: ['sh', '-s'],
    stdin: `export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"\nk8s_ha_main() {\n${text}\n}\nk8s_ha_main </dev/null\nexit $?\n`,
    timeoutMs,
    privileged,
    ...(intent && { intent }),
  };
}

/** What a command left behind. `rc` is undefined when it never ran to its end; then `failure` says why. */
export interface CommandResult {
  readonly command: Command;
  readonly rc: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly failure?: Failure;
}

/** Why a command could not be run to its end, in a form that a person can act on. */
export interface Failure {
  readonly kind: 'unreachable' | 'host-key' | 'authentication' | 'sudo' | 'timeout' | 'aborted' | 'local' | 'output';
  readonly message: string;
  readonly suggestion?: string;
}

export function succeeded(result: CommandResult): boolean {
  return result.rc === 0 && result.failure === undefined;
}
