import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { labClient, labPaths } from '../../src/lab/lab.ts';
import type { Bench } from '../../test/e2e/support/bench.ts';

const idleProgram = new URL('../../test/e2e/support/idle-clients.mjs', import.meta.url).pathname;

/** An address of the API, and the name in its certificate. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

function inClient(bench: Bench, argv: readonly string[]): ChildProcess {
  const [program = '', ...args] = [...labClient(bench.lab).argvPrefix, ...argv];
  return spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Connections that have had an answer and ask nothing more. */
export interface IdleClients {
  /** When each ended that ended in time, in milliseconds of the wall clock. */
  readonly ended: Promise<readonly number[]>;
  kill(): void;
}

/** @returns once all are connected */
export async function idleClients(
  bench: Bench,
  { host, port }: Address,
  count: number,
  seconds: number,
): Promise<IdleClients> {
  const argv = [process.execPath, idleProgram, host, String(port), String(count), String(seconds), '/version'];
  const child = inClient(bench, argv);
  if (!child.stdout) throw new Error('no output');
  const lines = createInterface({ input: child.stdout });
  const [first] = await once(lines, 'line');
  if (first !== 'connected') throw new Error(`the clients say ${String(first)}`);
  const ended = once(lines, 'line').then(
    ([line]) => z.object({ ended: z.array(z.number()) }).parse(JSON.parse(String(line))).ended,
  );
  // A run that fails before it asks for them has said why.
  ended.catch(() => undefined);
  return { ended, kill: () => child.kill('SIGKILL') };
}

/** What somebody who watches one object hears of its changes. */
export interface Watcher {
  /** When a change was heard, in milliseconds of the wall clock. */
  readonly heardMs: readonly number[];
  /** When its program ended, and was started again. */
  readonly endedMs: readonly number[];
  stop(): void;
}

function watcher(start: () => ChildProcess): Watcher {
  const heardMs: number[] = [];
  const endedMs: number[] = [];
  let [stopped, child] = [false, start()];
  const listen = (): void => {
    if (child.stdout) createInterface({ input: child.stdout }).on('line', () => heardMs.push(Date.now()));
    child.stderr?.resume();
    child.once('close', () => {
      if (stopped) return;
      endedMs.push(Date.now());
      child = start();
      listen();
    });
  };
  listen();
  return {
    heardMs,
    endedMs,
    stop: () => {
      stopped = true;
      child.kill('SIGKILL');
    },
  };
}

/** `kubectl get --watch`, which is begun again when it ends, as a person would. */
export function kubectlWatch(bench: Bench, { host, port }: Address, name: string): Watcher {
  return watcher(() =>
    inClient(bench, [
      `${bench.state.kubernetes?.dir}/kubectl`,
      `--kubeconfig=${labPaths(bench.lab).kubeconfig}`,
      `--server=https://${host}:${port}`,
      '--tls-server-name=kubernetes',
      'get',
      'configmap',
      name,
      '--watch',
      '--output=jsonpath={.data.value}{"\\n"}',
    ]),
  );
}

/** client-go's informer, as controllers have it (lab/kubernetes/informer). */
export function informer(bench: Bench, program: string, { host, port }: Address): Watcher {
  return watcher(() =>
    inClient(bench, [
      program,
      `--kubeconfig=${labPaths(bench.lab).kubeconfig}`,
      `--server=https://${host}:${port}`,
      '--tls-server-name=kubernetes',
    ]),
  );
}

/** Who changes the object that is watched, at API servers by their own addresses: whatever happens to the VIP, changes go on. */
export function changes(bench: Bench, name: string, hosts: readonly string[]): Watcher {
  const program = new URL('changes.mjs', import.meta.url).pathname;
  return watcher(() =>
    inClient(bench, [process.execPath, program, labPaths(bench.lab).kubeconfig, name, '200', ...hosts]),
  );
}
