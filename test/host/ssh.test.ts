import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { script, type Command } from '../../src/core/command.ts';
import type { ExecResult } from '../../src/host/exec.ts';
import { failureOf, remoteLine, remoteLineForAnyLogin, sshArgv } from '../../src/host/ssh.ts';

const target = { name: 'cp1', address: '172.16.217.171', options: {} };
const command: Command = { summary: 'read the state', argv: ['sh', '-s'], timeoutMs: 20_000, privileged: true };

function said(stderr: string, rc = 255): ExecResult {
  return { rc, stdout: '', stderr, ended: 'exit' };
}

describe('ssh', () => {
  test('never prompts, and keeps the operator’s own configuration', () => {
    const argv = sshArgv(target, '/run/x/1-%C');
    expect(argv).toContain('BatchMode=yes');
    expect(argv).not.toContain('-F');
    expect(argv.join(' ')).not.toMatch(/StrictHostKeyChecking|UserKnownHostsFile|IdentityFile/);
  });

  test('passes on what the cluster file says', () => {
    const argv = sshArgv(
      { ...target, user: 'ops', port: 2222, options: { ProxyJump: 'bastion' }, configFile: '/etc/lab' },
      '/x',
    );
    expect(argv.join(' ')).toContain('-F /etc/lab -l ops -p 2222');
    expect(argv).toContain('ProxyJump=bastion');
  });

  test('bounds every command on the node too, and uses sudo only where the login is not root', () => {
    expect(remoteLine(command, { root: true })).toBe('timeout -k 5 20 sh -s');
    expect(remoteLine(command, { root: false })).toBe('sudo -n timeout -k 5 20 sh -s');
    expect(remoteLine({ ...command, privileged: false }, { root: false })).toBe('timeout -k 5 20 sh -s');
  });

  test('shares a connection, or has one for each command', () => {
    expect(sshArgv(target, '/run/x/1-%C')).toContain('ControlPath=/run/x/1-%C');
    const once = sshArgv(target, undefined);
    expect(once).toContain('ControlPath=none');
    expect(once.join(' ')).not.toContain('ControlPersist');
  });

  test('lets the node find out whether the login is root', () => {
    const folder = mkdtempSync(join(tmpdir(), 'k8s-ha-login-'));
    const program = (name: string, text: string): void =>
      writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    const run = (uid: number): string => {
      program('id', `echo ${uid}`);
      program('sudo', 'shift; echo "as root: $*"');
      program('timeout', 'shift 3; echo "bounded: $*"');
      const line = remoteLineForAnyLogin({ ...command, argv: ['echo', "it's $HOME"] });
      return spawnSync('sh', ['-c', line], {
        encoding: 'utf8',
        env: { PATH: `${folder}:/usr/bin:/bin` },
      }).stdout.trim();
    };
    try {
      expect(run(0)).toBe("bounded: echo it's $HOME");
      expect(run(1000)).toBe("as root: timeout -k 5 20 echo it's $HOME");
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(remoteLineForAnyLogin({ ...command, privileged: false })).toBe('timeout -k 5 20 sh -s');
  });

  test.each([
    ['kex_exchange: Host key verification failed.', 'host-key', 'is not known'],
    ['@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.', 'host-key', 'has changed'],
    ['root@172.16.217.171: Permission denied (publickey).', 'authentication', 'refused the login'],
    ['ssh: connect to host 172.16.217.171 port 22: Connection refused', 'unreachable', 'Connection refused'],
    ['ssh: connect to host 172.16.217.171 port 22: No route to host', 'unreachable', 'No route to host'],
  ])('tells "%s" as %s', (stderr, kind, part) => {
    const failure = failureOf(said(stderr), target, command);
    expect(failure).toMatchObject({ kind });
    expect(failure?.message).toContain(part);
    expect(failure?.suggestion).toBeDefined();
  });

  test('tells a missing sudo right from a failed command', () => {
    expect(failureOf(said('sudo: a password is required', 1), target, command)?.kind).toBe('sudo');
    expect(failureOf(said('sudo: not found', 127), target, command)?.kind).toBe('sudo');
    expect(failureOf(said('haproxy: bad configuration', 1), target, command)).toBeUndefined();
  });

  test('tells a time limit, there or here, as one', () => {
    expect(failureOf(said('', 124), target, command)?.message).toContain('did not finish "read the state" within 20 s');
    expect(failureOf({ rc: undefined, stdout: '', stderr: '', ended: 'timeout' }, target, command)?.kind).toBe(
      'timeout',
    );
  });
});

describe('a script', () => {
  test('runs only once all of it has arrived, and leaves no standard input to eat', () => {
    const { stdin = '' } = script('x', 'echo hello');
    expect(stdin.indexOf('k8s_ha_main </dev/null')).toBeGreaterThan(stdin.indexOf('echo hello'));
  });
});
