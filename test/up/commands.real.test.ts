import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { Command } from '../../src/core/command.ts';
import { kubeadmFiles, paths, runDir, stateDir } from '../../src/node/paths.ts';
import { beginCommand, credentialsCommand, resetCommand } from '../../src/up/commands.ts';
import { endApiServerCommand, removeMemberCommand, takeDownCommand } from '../../src/up/leave-commands.ts';
import { fakeSpec } from '../fakes/spec.ts';

/**
 * The commands' own shell, with programs of ours in place of kubeadm and systemd. Needs sh and flock. All that would be on a
 * node is below a folder.
 */
const folder = mkdtempSync(join(tmpdir(), 'k8s-ha-up-'));
const bin = join(folder, 'bin');
const log = join(folder, 'log');
const token = 'the-lock';
const config = 'token: abcdef.0123456789abcdef\n';

function program(name: string, text: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >>${log}\n${text}\n`);
  chmodSync(join(bin, name), 0o755);
}

/** Where a path of a node is in the folder. */
function at(path: string): string {
  return join(folder, path);
}

function run({ argv: [file = '', ...args], stdin = '' }: Command) {
  const moved = [runDir, stateDir, '/etc/kubernetes', '/var/lib/etcd'].reduce(
    (text, path) => text.replaceAll(path, at(path)),
    stdin,
  );
  const { status, stdout, stderr } = spawnSync(file, args, {
    input: moved,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
  });
  return { status, stdout, stderr, log: existsSync(log) ? readFileSync(log, 'utf8') : '' };
}

/** `systemd-run … sh -c TEXT` runs it at once. */
const runsIt = 'while [ "$1" != sh ]; do shift; done; exec "$@"';

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const dir of [bin, at(runDir), at(stateDir)]) mkdirSync(dir, { recursive: true });
  writeFileSync(at(paths.lock), `{"token":"${token}"}\n`);
  program('systemd-run', runsIt);
  program('systemctl', '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('kubeadm that is started', () => {
  test('reads its configuration from a file that is gone by then, and no argument has a secret', () => {
    program('kubeadm', `ls ${at(kubeadmFiles.config)} 2>&1; while [ $# -gt 1 ]; do shift; done; cat "$1"`);
    const ran = run(beginCommand(token, 'init', config));
    expect(ran.status, ran.stderr).toBe(0);
    // Its preflight reads it, and then itself.
    expect(ran.stdout.split(config)).toHaveLength(3);
    expect(ran.stdout).toContain('No such file');
    expect(ran.log).not.toContain('abcdef');
    expect(existsSync(at(kubeadmFiles.begun))).toBe(false);
  });

  test('leaves a word that half a node is ours where it fails, and none where its preflight does', () => {
    program('kubeadm', 'case "$*" in *"phase preflight"*) exit 0;; *) exit 1;; esac');
    run(beginCommand(token, 'join', config));
    expect(readFileSync(at(kubeadmFiles.begun), 'utf8')).toBe('join\n');
    rmSync(at(kubeadmFiles.begun));
    program('kubeadm', 'case "$*" in *"phase preflight"*) exit 1;; *) exit 0;; esac');
    run(beginCommand(token, 'join', config));
    expect(existsSync(at(kubeadmFiles.begun))).toBe(false);
  });

  test('has a configuration that root alone can read until it is open', () => {
    program('systemd-run', `stat -c %a ${at(kubeadmFiles.config)}`);
    expect(run(beginCommand(token, 'init', config)).stdout).toBe('600\n');
    expect(statSync(at(kubeadmFiles.config)).mode & 0o777).toBe(0o600);
  });

  test('is not started by one who has lost the lock', () => {
    expect(run(beginCommand('another', 'init', config))).toMatchObject({ status: 76, log: '' });
  });
});

describe('a reset', () => {
  test('is only of what we began', () => {
    program('kubeadm', '');
    expect(run(resetCommand(token))).toMatchObject({ status: 1, log: '' });
    writeFileSync(at(kubeadmFiles.begun), 'join\n');
    expect(run(resetCommand(token))).toMatchObject({ status: 0 });
    expect(readFileSync(log, 'utf8')).toContain('kubeadm reset --force');
    expect(existsSync(at(kubeadmFiles.begun))).toBe(false);
  });

  test('that fails leaves the word, for the next one', () => {
    program('kubeadm', 'exit 1');
    writeFileSync(at(kubeadmFiles.begun), 'join\n');
    expect(run(resetCommand(token))).toMatchObject({ status: 1 });
    expect(existsSync(at(kubeadmFiles.begun))).toBe(true);
  });
});

describe('a node that is taken off its machine', () => {
  test('is marked before kubeadm begins, so that the next run takes the rest away', () => {
    program('kubeadm', `cat ${at(kubeadmFiles.begun)}; exit 1`);
    expect(run(takeDownCommand(token, { farewell: false }))).toMatchObject({ status: 1, stdout: 'leave\n' });
    expect(existsSync(at(kubeadmFiles.begun))).toBe(true);
    program('kubeadm', '');
    expect(run(resetCommand(token))).toMatchObject({ status: 0 });
    expect(existsSync(at(kubeadmFiles.begun))).toBe(false);
  });

  test('keeps the lock where more is to be done, and nothing of ours at the farewell', () => {
    program('kubeadm', '');
    expect(run(takeDownCommand(token, { farewell: false }))).toMatchObject({ status: 0 });
    expect(existsSync(at(paths.lock))).toBe(true);
    expect(existsSync(at(kubeadmFiles.begun))).toBe(false);
    expect(run(takeDownCommand(token, { farewell: true }))).toMatchObject({ status: 0 });
    expect(existsSync(at(runDir))).toBe(false);
    expect(existsSync(at(stateDir))).toBe(false);
  });
});

describe('an API server that ends', () => {
  test('is waited for until nothing listens on its port any more', () => {
    program('ss', `[ -f ${at('/twice')} ] || { touch ${at('/twice')}; echo LISTEN; }`);
    program('sleep', '');
    expect(run(endApiServerCommand(token, fakeSpec()))).toMatchObject({ status: 0 });
    expect(
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('ss ')),
    ).toHaveLength(2);
  });

  test('and does not end is an error', () => {
    program('ss', 'echo LISTEN');
    program('sleep', '');
    const ran = run(endApiServerCommand(token, fakeSpec()));
    expect(ran).toMatchObject({ status: 1 });
    expect(ran.stderr).toContain('it listens on port 6443 after');
  });
});

test('a member of etcd is removed by its id, and what etcd refuses fails', () => {
  program('curl', '');
  const member = { id: '9372538179322589801', name: 'cp3' };
  const ran = run(removeMemberCommand(token, fakeSpec(), member));
  expect(ran.log).toContain('{"ID":"9372538179322589801"} https://127.0.0.1:2379/v3/cluster/member/remove');
  program('curl', 'echo "curl: (22) The requested URL returned error: 400" >&2; exit 22');
  expect(run(removeMemberCommand(token, fakeSpec(), member)).status).toBe(22);
});

test('a token is all that is printed, and the key that encrypts the cluster’s keys is read from a file that is gone', () => {
  program(
    'kubeadm',
    'case "$*" in *upload-certs*) cat /dev/fd/3; echo secret;; *) echo abcdef.0123456789abcdef;; esac',
  );
  const ran = run(credentialsCommand(token, 'certificateKey: 00ff\n'));
  expect(ran).toMatchObject({ status: 0, stdout: 'abcdef.0123456789abcdef\n' });
  expect(ran.log).not.toContain('00ff');
  expect(existsSync(at(kubeadmFiles.config))).toBe(false);
});
