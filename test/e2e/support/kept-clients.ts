import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { labClient } from '../../../src/lab/lab.ts';
import type { Bench } from './bench.ts';

const program = new URL('kept-clients.mjs', import.meta.url).pathname;

const report = z.object({
  kept: z.int(),
  hung: z.int(),
  ended: z.array(z.string()),
  answered: z.int(),
  medianStallMs: z.number(),
  longestStallMs: z.number(),
});
export type KeptReport = z.infer<typeof report>;

/** Clients that use their one connection all the time, on the lab's client machine. */
export interface KeptClients {
  readonly process: ChildProcess;
  /** Forgets how long they have waited until now. */
  mark(): void;
  /** Ends them: what became of each connection. */
  stop(): Promise<KeptReport>;
}

/** @returns once every client has had an answer */
export async function keptClients(
  bench: Bench,
  vip: string,
  count: number,
  { firstPort }: { readonly firstPort?: number } = {},
): Promise<KeptClients> {
  const [nsenter = '', ...prefix] = labClient(bench.lab).argvPrefix;
  const argv = [...prefix, process.execPath, program, vip, '7443', String(count), '50', '/version'];
  if (firstPort !== undefined) argv.push(String(firstPort));
  const child = spawn(nsenter, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const [first] = await once(lines, 'line');
  if (first !== 'connected') throw new Error(`the clients say ${String(first)}`);
  return {
    process: child,
    mark: () => void child.kill('SIGUSR2'),
    stop: async () => {
      const said = once(lines, 'line');
      child.stdin.end();
      const [line] = await said;
      return report.parse(JSON.parse(String(line)));
    },
  };
}
