import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { labClient } from '../../../src/lab/lab.ts';
import type { Bench } from './bench.ts';
import type { GoClients } from './go-clients.ts';
import { keptReport, type KeptClients } from './kept-report.ts';

const program = new URL('kept-clients.mjs', import.meta.url).pathname;
const everyMs = 50;
const path = '/version';

export interface KeptOptions {
  readonly port?: number;
  readonly firstPort?: number;
  /** Has this process play them. */
  readonly clients?: GoClients | undefined;
}

/**
 * Clients that use their one connection all the time, on the lab's client machine.
 * @returns once every client has had an answer
 */
export async function keptClients(
  bench: Bench,
  vip: string,
  count: number,
  { port = 7443, firstPort, clients }: KeptOptions = {},
): Promise<KeptClients> {
  const first = firstPort === undefined ? {} : { firstPort };
  if (clients) return clients.keep({ host: vip, port, count, everyMs, path, ...first });
  return nodeKeptClients(labClient(bench.lab).argvPrefix, { host: vip, port, count, ...first });
}

/** The same in Node.js, a process of their own. */
export async function nodeKeptClients(
  wrap: readonly string[],
  asked: { readonly host: string; readonly port: number; readonly count: number; readonly firstPort?: number },
): Promise<KeptClients> {
  const { host, port, count, firstPort } = asked;
  const argv = [process.execPath, program, host, String(port), String(count), String(everyMs), path];
  if (firstPort !== undefined) argv.push(String(firstPort));
  const [command = '', ...args] = [...wrap, ...argv];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [first] = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => ['nothing and end'])]);
  if (first !== 'connected') throw new Error(`the clients say ${String(first)}`);
  return {
    mark: () => void child.kill('SIGUSR2'),
    stop: async () => {
      const said = once(lines, 'line');
      child.stdin.end();
      const [line] = await said;
      return keptReport.parse(JSON.parse(String(line)));
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
