import { join } from 'node:path';
import { quoteAll, type Command, type CommandResult, type Failure } from '../core/command.ts';
import { controlFolder } from './control-folder.ts';
import { exec, maxOutputBytes, type ExecResult } from './exec.ts';
import type { Host } from './host.ts';
import { openLocal, type StreamingHost } from './stream.ts';

/** Where to log in; what is absent comes from the operator's own ssh configuration. */
export interface SshTarget {
  readonly name: string;
  readonly address: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  readonly options: Readonly<Record<string, string>>;
  /** `ssh -F`: another configuration file than the operator's own. */
  readonly configFile?: string | undefined;
}

const connectTimeoutS = 10;

/**
 * The arguments of ssh for a target; BatchMode, because a prompt that nobody sees is a hang.
 * @param controlPath socket of the connection that commands share; undefined gives each a connection of its own
 */
export function sshArgv(target: SshTarget, controlPath: string | undefined): readonly string[] {
  return [
    'ssh',
    ...(target.configFile === undefined ? [] : ['-F', target.configFile]),
    ...(target.user === undefined ? [] : ['-l', target.user]),
    ...(target.port === undefined ? [] : ['-p', String(target.port)]),
    ...option('BatchMode', 'yes'),
    ...option('ConnectTimeout', String(connectTimeoutS)),
    ...(controlPath === undefined
      ? [...option('ControlMaster', 'no'), ...option('ControlPath', 'none')]
      : [...option('ControlMaster', 'auto'), ...option('ControlPersist', '60'), ...option('ControlPath', controlPath)]),
    ...option('ServerAliveInterval', '5'),
    ...option('ServerAliveCountMax', '3'),
    ...option('ForwardAgent', 'no'),
    ...option('ForwardX11', 'no'),
    ...option('LogLevel', 'ERROR'),
    ...Object.entries(target.options).flatMap(([key, value]) => option(key, value)),
  ];
}

function option(key: string, value: string): readonly string[] {
  return ['-o', `${key}=${value}`];
}

/** Bounded in time on the node too, so that a dead laptop leaves nothing running. */
function bounded({ timeoutMs, argv }: Command): readonly string[] {
  return ['timeout', '-k', '5', String(Math.ceil(timeoutMs / 1000)), ...argv];
}

/** The one line that the remote shell gets. */
export function remoteLine(command: Command, { root }: { root: boolean }): string {
  return quoteAll([...(command.privileged && !root ? ['sudo', '-n'] : []), ...bounded(command)]);
}

/** The same where it is not known whether the login is root: the node finds out, which saves a round trip. */
export function remoteLineForAnyLogin(command: Command): string {
  return command.privileged
    ? quoteAll(['sh', '-c', '[ "$(id -u)" = 0 ] || set -- sudo -n "$@"; exec "$@"', 'sh', ...bounded(command)])
    : quoteAll(bounded(command));
}

/** Runs a line on a node by these arguments of ssh. Never throws. */
async function runLine(
  argv: readonly string[],
  target: SshTarget,
  command: Command,
  line: string,
  signal?: AbortSignal,
): Promise<CommandResult> {
  const result = await exec([...argv, '--', target.address, line], {
    stdin: command.stdin ?? '',
    timeoutMs: command.timeoutMs + (connectTimeoutS + 10) * 1000,
    signal,
    ownGroup: true,
  });
  const failure = failureOf(result, target, command);
  return {
    command,
    rc: failure ? undefined : result.rc,
    stdout: result.stdout,
    stderr: result.stderr,
    ...(failure && { failure }),
  };
}

/**
 * A node that is asked one thing and then left: a connection of its own for each command, gone with it. A third of the
 * processes and one login instead of two round trips, which is what counts with a hundred nodes.
 */
export function sshOnce(target: SshTarget): Host {
  return {
    name: target.name,
    run: async (command, { signal } = {}) =>
      runLine(sshArgv(target, undefined), target, command, remoteLineForAnyLogin(command), signal),
    close: () => Promise.resolve(),
  };
}

/** A node reached by the system's OpenSSH, so that the operator's configuration, agent, host keys and jump hosts apply. */
export function sshHost(target: SshTarget): StreamingHost {
  const argv = sshArgv(target, join(controlFolder(), `${process.pid}-%C`));
  // Whether the login is root decides about sudo; asked once, and again after a failure.
  let login: Promise<{ root: boolean } | CommandResult> | undefined;
  // Whoever closes the host does not wait for a node that does not answer.
  let closed = new AbortController();

  const raw = async (command: Command, line: string, signal?: AbortSignal): Promise<CommandResult> =>
    runLine(argv, target, command, line, signal);

  const whoAmI = async (signal?: AbortSignal): Promise<{ root: boolean } | CommandResult> => {
    const command: Command = { summary: 'log in', argv: ['id', '-u'], timeoutMs: 10_000, privileged: false };
    const result = await raw(command, 'id -u', signal ? AbortSignal.any([signal, closed.signal]) : closed.signal);
    return result.rc === 0 ? { root: result.stdout.trim() === '0' } : result;
  };

  return {
    name: target.name,
    run: async (command, { signal } = {}) => {
      login ??= whoAmI(signal);
      const who = await login;
      if (!('root' in who)) {
        login = undefined;
        return { ...who, command };
      }
      return raw(command, remoteLine(command, who), signal);
    },
    open: async (command, onLine) => {
      login ??= whoAmI();
      const who = await login;
      if (!('root' in who)) {
        login = undefined;
        return { write: () => undefined, close: () => undefined, ended: Promise.resolve({ ...who, command }) };
      }
      const stream = openLocal([...argv, '--', target.address, remoteLine(command, who)], onLine);
      const ended = stream.ended.then((result): CommandResult => {
        const failure = failureOf(result, target, command);
        return { command, ...result, rc: failure ? undefined : result.rc, ...(failure && { failure }) };
      });
      return { ...stream, ended };
    },
    close: async () => {
      closed.abort();
      closed = new AbortController();
      if (login === undefined) return;
      await exec([...argv, '-O', 'exit', '--', target.address], { timeoutMs: 5000 });
    },
  };
}

/** ssh ends with 255 for its own failures; what it prints tells which. OpenSSH has no other interface for it. */
export function failureOf(result: ExecResult, target: SshTarget, command: Command): Failure | undefined {
  const at = `${target.name} (${target.address})`;
  const said = lastLine(result.stderr);
  if (result.ended === 'aborted') return { kind: 'aborted', message: `${command.summary} on ${at} was interrupted` };
  if (result.ended === 'not-started')
    return { kind: 'local', message: `ssh could not be started: ${said}`, suggestion: 'Install the OpenSSH client.' };
  if (result.ended === 'too-much')
    return {
      kind: 'output',
      message: `${at} answered with more than ${maxOutputBytes / 1024 / 1024} MiB: it was not read on`,
      suggestion: 'No healthy node does that: see what runs there.',
    };
  if (result.ended === 'timeout' || result.rc === 124 || result.rc === 137)
    return {
      kind: 'timeout',
      message: `${at} did not finish "${command.summary}" within ${command.timeoutMs / 1000} s`,
      suggestion: `See what the node is busy with: ssh ${target.address} uptime`,
    };
  if (
    /sudo: .*(password is required|not allowed|not in the sudoers|a terminal is required)|may not run sudo/i.test(
      result.stderr,
    )
  )
    return {
      kind: 'sudo',
      message: `the login on ${at} may not become root without a password: ${said}`,
      suggestion: 'Log in as root (ssh.user), or allow this user passwordless sudo on the node.',
    };
  if (/sudo: (command )?not found/i.test(result.stderr))
    return {
      kind: 'sudo',
      message: `the login on ${at} is not root, and there is no sudo`,
      suggestion: 'Log in as root (ssh.user), or install sudo.',
    };
  if (result.rc !== 255) return undefined;
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed|host key is known/i.test(result.stderr))
    return {
      kind: 'host-key',
      message: /HAS CHANGED/.test(result.stderr)
        ? `the host key of ${at} has changed: this may be another machine, or one in between`
        : `the host key of ${at} is not known`,
      suggestion: `Compare the key with the node's own, then accept it: ssh ${target.address} true${/HAS CHANGED/.test(result.stderr) ? ` (after ssh-keygen -R ${target.address})` : ''}`,
    };
  if (/Permission denied|Too many authentication failures|No supported authentication/i.test(result.stderr))
    return {
      kind: 'authentication',
      message: `${at} refused the login: ${said}`,
      suggestion:
        'Set up key login (ssh-copy-id), load the key into the agent, or set ssh.user. Passwords are never asked for.',
    };
  return {
    kind: 'unreachable',
    message: `${at} cannot be reached: ${said || 'ssh said nothing'}`,
    suggestion: `Try it by hand: ssh ${target.address} true`,
  };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
