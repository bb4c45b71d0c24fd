import { readyzScript, waitReadyScript } from '../control-plane.ts';
import { consoleTail, insidePrefix, leaderOf } from './machines.ts';
import { labPaths } from '../paths.ts';
import { problem, stop } from '../problem.ts';
import { waitFor, type Runner } from '../process.ts';
import type { LabNode, LabState } from '../state.ts';

// Real API servers make their first roles before they are ready: seconds, or a minute and more where processors are short.
const readyTimeoutMs = 150_000;

/** Command that logs in to a node; `command` runs there, a shell where there is none. */
export function sshArgv(lab: string, node: string, command: readonly string[] = []): readonly string[] {
  return ['ssh', '-F', labPaths(lab).sshConfig, node, ...(command.length === 0 ? [] : ['--', ...command])];
}

/** True when the node lets the operator in. */
export async function answersSsh(runner: Runner, node: LabNode): Promise<boolean> {
  return (await runner.run(sshArgv(runner.lab, node.name, ['true']), { timeoutMs: 10_000 })).rc === 0;
}

/** The node's own API server's answer to /readyz, asked inside the node; 'off' when it has no power. */
export async function readiness(runner: Runner, node: LabNode): Promise<string> {
  const leader = leaderOf(runner.lab, node.name);
  if (leader === undefined) return 'off';
  const ran = await runner.run([...insidePrefix(leader), 'sh', '-c', readyzScript]);
  return (ran.stdout || ran.stderr).trim();
}

/** Shell for a machine without Kubernetes: waits until containerd has its images. */
const waitImages =
  'until systemctl --quiet is-active lab-images; do systemctl --quiet is-failed lab-images && exit 1; sleep 0.2; done';

/**
 * Waits until a booted node answers ssh and its API server, and so its etcd, is ready; where kubeadm is to make the cluster, until
 * containerd has its images.
 */
export async function waitReady(runner: Runner, { machine }: Pick<LabState, 'machine'>, node: LabNode): Promise<void> {
  const leader = leaderOf(runner.lab, node.name);
  if (leader === undefined) throw notReady(runner, node, 'it is not running');
  const [api, ssh] = await Promise.all([
    runner.run([...insidePrefix(leader), 'sh', '-c', machine ? waitImages : waitReadyScript(readyTimeoutMs)], {
      timeoutMs: readyTimeoutMs + 10_000,
    }),
    waitFor(async () => ((await answersSsh(runner, node)) ? true : undefined), {
      timeoutMs: readyTimeoutMs,
      everyMs: 100,
      signal: runner.signal,
    }),
  ]);
  if (ssh === undefined) throw notReady(runner, node, 'it does not answer ssh');
  if (api.rc === 0) return;
  const units = ['lab-api-server', 'kube-apiserver', 'etcd', 'containerd', 'lab-images'].flatMap((unit) => [
    '-u',
    unit,
  ]);
  const journal = ['journalctl', '--no-pager', '-n', '6', '-o', 'cat', ...units];
  const said = await runner.run([...insidePrefix(leader), ...journal]);
  throw notReady(
    runner,
    node,
    `its ${machine ? 'container runtime' : 'API server'} is not ready: ${api.stdout.trim()}\n${said.stdout.trim()}`,
  );
}

function notReady(runner: Runner, node: LabNode, why: string): Error {
  return stop(
    problem('node-not-ready', `${node.name} was booted, but ${why}`, {
      node: node.name,
      reason: consoleTail(runner.lab, node.name),
    }),
  );
}
