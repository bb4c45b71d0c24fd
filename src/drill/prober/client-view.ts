import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { monotonicMs } from '../measure/probe.ts';

/** Which link-layer address this machine sent the VIP's packets to, and since when (monotonic clock). */
export interface Neighbour {
  readonly atMs: number;
  readonly mac: string;
}

export interface ClientView {
  readonly seen: readonly Neighbour[];
  stop(): void;
}

/**
 * Follows this machine's neighbour table (ARP, NDP) for an address, where ip(8) can tell it. Behind a router there is nothing
 * to see: the list stays empty.
 */
export function watchClientView(address: string): ClientView {
  const seen: Neighbour[] = [];
  const see = (line: string): void => {
    const match = /^(?:Deleted )?(\S+) dev \S+(?: lladdr (\S+))?/.exec(line.replace(/^\[[^\]]*\]\s*/, ''));
    if (match?.[1] !== address || match[2] === undefined || match[2] === seen.at(-1)?.mac) return;
    seen.push({ atMs: monotonicMs(), mac: match[2] });
  };
  const read = (argv: readonly string[]): ReturnType<typeof spawn> => {
    const child = spawn('ip', argv, { stdio: ['ignore', 'pipe', 'ignore'] });
    child.on('error', () => undefined);
    if (child.stdout) createInterface({ input: child.stdout }).on('line', see);
    return child;
  };
  read(['neigh', 'show', 'to', address]);
  const monitor = read(['monitor', 'neigh']);
  return { seen, stop: () => void monitor.kill() };
}
