import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { labClient, labPaths, labSsh } from '../../../src/lab/lab.ts';
import { commandOf, type Step } from '../../project/walk.ts';
import type { Bench } from './bench.ts';

/** The first cluster file that a page shows. */
export function shownFile(page: string): string {
  const [, yaml = ''] = /```yaml\n([^`]*)```/.exec(readFileSync(page, 'utf8')) ?? [];
  return yaml;
}

type Env = Readonly<Record<string, string>>;

/**
 * A reader's machine: the files that the pages name, and programs that know the lab.
 * @param prod what is in prod.yaml
 */
export function furnish({ folder, lab, state }: Bench, prod: string): Env {
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
  writeFileSync(join(folder, 'prod.yaml'), prod);
  writeFileSync(join(folder, 'hook.txt'), 'http://127.0.0.1:9/\n');
  mkdirSync(join(folder, 'clusters'));
  for (const file of ['staging.yaml', 'clusters/staging.yaml'])
    writeFileSync(join(folder, file), prod.replace('prod', 'staging'));
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

/** Types what a step shows. @returns its exit code and what it printed, where the page says something else; empty where not */
export function typeStep({ folder, lab }: Bench, env: Env, step: Step): string {
  const shell = ['bash', '-c', commandOf(step)];
  const onClient = [...labClient(lab).argvPrefix, ...shell];
  const [program = '', ...args] =
    step.on === undefined ? onClient : step.on === 'host' ? shell : labSsh(lab, step.on, [commandOf(step)]);
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    input: '',
    timeout: 380_000,
  });
  const said = `${stdout}${stderr}`;
  if (process.env['K8S_HA_WALK'] !== undefined)
    writeFileSync(process.env['K8S_HA_WALK'], `$ ${step.shown}\n${said}\n`, { flag: 'a' });
  const codes = step.rc === 'of a drill' ? [0, 1] : [step.rc ?? 0];
  return codes.includes(status ?? -1) && (step.says ?? /^/).test(said) ? '' : `exit code ${status}\n${said}`;
}
