import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBinaries } from '../../src/lab/kubernetes/binaries.ts';
import { createRunner } from '../../src/lab/process.ts';
import { previousKubeadm } from './support/previous-kubeadm.ts';

/** Needs no machine, but programs that are built from Go modules: the first time this takes minutes. */
const cli = new URL('../../dist/cli/main.js', import.meta.url).pathname;

function run([program = '', ...args]: readonly string[]) {
  return spawnSync(program, args, { encoding: 'utf8', timeout: 60_000 });
}

function printed(...flags: readonly string[]): string {
  const { status, stdout, stderr } = run([process.execPath, cli, 'kubeadm', ...flags]);
  expect(status, stderr).toBe(0);
  return stdout;
}

describe('kubeadm of two minor versions', () => {
  let folder: string;
  let programs: readonly string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'k8s-ha-kubeadm-'));
    const { dir } = await findBinaries(createRunner('kubeadm'), { from: 'go', onProgress: () => undefined });
    programs = [join(dir, 'kubeadm'), await previousKubeadm()];
  }, 20 * 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('are of two minor versions', () => {
    const minors = programs.map((each) => /^v1\.(\d+)/.exec(run([each, 'version', '-o', 'short']).stdout)?.[1]);
    expect(minors.every((minor) => minor !== undefined)).toBe(true);
    expect(new Set(minors).size).toBe(2);
  });

  it.each(['tutorial', 'ipv6'])('accept what is printed for first, joining and existing nodes of %s', (example) => {
    const file = `examples/${example}.yaml`;
    const command = write(
      'join-command.txt',
      `kubeadm join 172.16.100.100:7443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:${'0'.repeat(64)} --control-plane --certificate-key ${'c'.repeat(64)}\n`,
    );
    for (const program of programs) {
      const defaults = run([program, 'config', 'print', 'init-defaults']).stdout;
      const existing = defaults.split(/^---$/m).find((document) => document.includes('kind: ClusterConfiguration'));
      expect(existing).toBeDefined();
      const cases = [
        [],
        ['--join', '--node', 'cp2', '--join-command-file', command],
        ['--limit-anonymous'],
        ['--existing', write('existing.yaml', existing ?? '')],
      ];
      for (const flags of cases) {
        // Else kubeadm asks the internet for the newest version, and waits.
        const text = flags.includes('--existing')
          ? printed(file, ...flags)
          : printed(file, ...flags).replace('kind: ClusterConfiguration', '$&\nkubernetesVersion: v1.35.0');
        const ran = run([program, 'config', 'validate', '--config', write('printed.yaml', text)]);
        expect(ran.stderr + ran.stdout, `${program} ${example} ${flags.join(' ')}`).toContain('ok');
        expect(ran.status).toBe(0);
      }
    }
  });

  it('do not take placeholders for a configuration', () => {
    const path = write('placeholders.yaml', printed('examples/tutorial.yaml', '--join', '--node', 'cp2'));
    for (const program of programs) {
      const ran = run([program, 'config', 'validate', '--config', path]);
      expect(ran.stderr + ran.stdout).toContain('<TOKEN: kubeadm token create>');
      expect(ran.status).not.toBe(0);
    }
  });
});
