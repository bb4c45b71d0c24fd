import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { labClient } from '../../../src/lab/lab.ts';
import type { Bench } from './bench.ts';

const crowdPath = fileURLToPath(new URL('crowd.mjs', import.meta.url));

/** Clients without credentials (`crowd.mjs`). */
export interface Crowd {
  readonly kind: 'silent' | 'partial' | 'hello' | 'redial' | 'storm';
  /** Connections a second. */
  readonly rate: number;
  /** Open at once. */
  readonly most: number;
  readonly from: readonly string[];
}

const crowdSeen = z.object({
  opened: z.number(),
  failed: z.number(),
  closed: z.number(),
  answered: z.number(),
  peak: z.number(),
  seconds: z.number(),
});

export type CrowdSeen = z.infer<typeof crowdSeen>;

/** Addresses of the lab's client beside its own: one source alone gets no more than half of the connections. */
export function sourceAddresses(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `172.16.99.${index + 1}`);
}

export function withSources(bench: Bench, verb: 'add' | 'del', addresses: readonly string[]): void {
  for (const address of addresses)
    spawnSync('ip', ['-n', bench.state.client.namespace, 'address', verb, `${address}/16`, 'dev', 'eth0']);
}

/** Runs a crowd for so long in the lab's client; what became of its connections. */
export async function runCrowd(
  bench: Bench,
  vip: string,
  seconds: number,
  { kind, rate, most, from }: Crowd,
): Promise<CrowdSeen> {
  const [program, ...args] = [...labClient(bench.lab).argvPrefix, process.execPath, crowdPath];
  const child = spawn(program, [...args, kind, vip, '7443', String(rate), String(most), String(seconds), from.join()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
  await new Promise((resolve) => child.on('close', resolve));
  return crowdSeen.parse(JSON.parse(said));
}

/** Connections that the endpoint of a node takes, by its haproxy.cfg. */
export function limitOf(bench: Bench, node: string): number {
  const lines = bench.on(node, "sed -n '/^frontend k8s_api$/,/^$/p' /etc/k8s-ha/haproxy.cfg");
  return Number(/maxconn (\d+)/.exec(lines)?.[1]);
}
