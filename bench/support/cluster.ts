import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../../test/e2e/support/bench.ts';

/** The nodes that have the VIP on their network; an address that is kept on `lo` for old connections is none. */
export function holdersOf(bench: Bench, vip: string): readonly string[] {
  return bench.state.nodes
    .filter(({ name }) => bench.on(name, `ip -o address show dev eth0 to ${vip}`) !== '')
    .map(({ name }) => name);
}

function ready(bench: Bench, host: string, port: number): boolean {
  return bench.inClient(['sh', '-c', `curl -sk -m 2 https://${host}:${port}/readyz || true`]) === 'ok';
}

/**
 * Waits, up to two minutes, until every API server and the address have been ready for a second.
 * @returns the only node that has the address
 */
export async function settled(bench: Bench, host: string, port: number): Promise<string> {
  const until = Date.now() + 120_000;
  for (let well = 0; well < 3; await sleep(300)) {
    if (Date.now() > until) throw new Error(`${host} did not settle`);
    const served = bench.state.nodes.every(({ address }) => ready(bench, address, 6443)) && ready(bench, host, port);
    well = served && holdersOf(bench, host).length === 1 ? well + 1 : 0;
  }
  return holdersOf(bench, host)[0] ?? '';
}
