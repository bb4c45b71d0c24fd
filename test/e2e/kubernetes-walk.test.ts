import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labClient, labPaths, labSsh } from '../../src/lab/lab.ts';
import { commandOf, walk, type Step } from '../project/walk.ts';
import type { Bench } from './support/bench.ts';
import { createKubernetesBench } from './support/kubernetes.ts';

/** The cluster file that README.md shows. */
function shownFile(): string {
  const [, yaml = ''] = /```yaml\n([^`]*)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
  return yaml;
}

/** A reader's machine: the files that the pages name, and programs that know the lab. */
function furnish({ folder, lab, state }: Bench): Readonly<Record<string, string>> {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const program = (name: string, text: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  // `k8s-ha lab VERB` knows of one lab unless it is told of another.
  program(
    'k8s-ha',
    `if [ "$1" = lab ]; then verb=$2; shift 2; set -- lab "$verb" --name ${lab} "$@"; fi\nexec ${resolve('bin/k8s-ha')} "$@"`,
  );
  program('ssh', `exec /usr/bin/ssh -F ${state.sshConfig} "$@"`);
  program('scp', `exec /usr/bin/scp -F ${state.sshConfig} "$@"`);
  program('mail', 'cat >>mailed.txt');
  symlinkSync(resolve('examples'), join(folder, 'examples'));
  writeFileSync(join(folder, 'prod.yaml'), shownFile());
  writeFileSync(join(folder, 'hook.txt'), 'http://127.0.0.1:9/\n');
  mkdirSync(join(folder, 'clusters'));
  for (const file of ['staging.yaml', 'clusters/staging.yaml'])
    writeFileSync(join(folder, file), shownFile().replace('prod', 'staging'));
  return {
    ...process.env,
    HOME: folder,
    PATH: `${bin}:${state.kubernetes?.dir}:${process.env['PATH']}`,
    K8S_HA_SSH_CONFIG: state.sshConfig,
    K8S_HA_LAB: lab,
    K8S_HA_POWER_OFF: `${bin}/k8s-ha lab power off {node}`,
    K8S_HA_POWER_ON: `${bin}/k8s-ha lab power on {node}`,
    KUBECONFIG: join(folder, 'config'),
    K8S_HA_KUBECONFIG: labPaths(lab).kubeconfig,
  };
}

/** What README.md and the guides tell a reader to type, typed. */
describe('the commands of README and guides', () => {
  let bench: Bench;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    bench = await createKubernetesBench('walk');
    env = furnish(bench);
    cpSync(labPaths(bench.lab).kubeconfig, join(bench.folder, 'config'));
    // What `kubeadm init` would have left beside the control plane: the lab has its phases alone.
    bench.on('cp1', 'kubeadm init phase upload-config kubeadm --config /etc/kubernetes/kubeadm.yaml');
  }, 20 * 60_000);
  afterAll(async () => bench?.down());

  const argvOf = (step: Step): readonly string[] => {
    const shell = ['bash', '-c', commandOf(step)];
    if (step.on === 'host') return shell;
    return step.on === undefined
      ? [...labClient(bench.lab).argvPrefix, ...shell]
      : labSsh(bench.lab, step.on, [commandOf(step)]);
  };

  it.each(walk.map((step) => [step.shown, step] as const))('%s', (_, step) => {
    const [program = '', ...args] = argvOf(step);
    const { status, stdout, stderr } = spawnSync(program, args, {
      cwd: bench.folder,
      env,
      encoding: 'utf8',
      input: '',
      timeout: 170_000,
    });
    const said = `${stdout}${stderr}`;
    if (process.env['K8S_HA_WALK'] !== undefined)
      writeFileSync(process.env['K8S_HA_WALK'], `$ ${step.shown}\n${said}\n`, { flag: 'a' });
    expect(step.rc === 'of a drill' ? [0, 1] : [step.rc ?? 0], said).toContain(status);
    expect(said).toMatch(step.says ?? /^/);
  });
});
