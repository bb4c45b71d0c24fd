import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { LabState } from '../../../src/lab/lab.ts';

/** Who had the address when, as the kernels of the nodes told `ip monitor`. Times are milliseconds of the wall clock. */
export interface HolderWatch {
  stop(): Promise<Held>;
  /** When a node took it, so far. */
  taken(): readonly { readonly node: string; readonly atMs: number }[];
}

export interface Held {
  readonly longestNoneMs: number;
  readonly twoMs: number;
  readonly moves: number;
}

interface Change {
  readonly atMs: number;
  readonly node: string;
  /** Interface and prefix: two programs may each have the address on one node. */
  readonly entry: string;
  readonly held: boolean;
}

function entriesOf(namespace: string, vip: string): readonly string[] {
  return spawnSync('ip', ['-netns', namespace, '-o', 'address', 'show', 'to', vip], { encoding: 'utf8' })
    .stdout.split('\n')
    .flatMap((line) => {
      const [, dev, entry] = /^\d+: (\S+)\s+inet6? (\S+)/.exec(line) ?? [];
      return dev === undefined ? [] : [`${dev} ${entry}`];
    });
}

export function watchHolders(state: LabState, vip: string): HolderWatch {
  const changes: Change[] = [];
  const monitors = state.nodes.map(({ name, namespace }): ChildProcess => {
    const monitor = spawn('ip', ['-netns', namespace, '-ts', '-o', 'monitor', 'address'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    createInterface({ input: monitor.stdout }).on('line', (line) => {
      const match = /^\[([^\]]+)\] (Deleted )?\d+: (\S+)\s+inet6? ([0-9a-f.:]+)(\/\d+)/.exec(line);
      if (match?.[4] !== vip) return;
      const [, at = '', deleted, dev = '', , bits = ''] = match;
      changes.push({
        atMs: Date.parse(`${at}Z`),
        node: name,
        entry: `${dev} ${vip}${bits}`,
        held: deleted === undefined,
      });
    });
    return monitor;
  });
  const first = new Map(state.nodes.map(({ name, namespace }) => [name, new Set(entriesOf(namespace, vip))]));
  const fromMs = Date.now();
  return {
    taken: () => changes.filter(({ held }) => held),
    stop: async () => {
      const toMs = Date.now();
      await new Promise((resolve) => setTimeout(resolve, 100));
      for (const monitor of monitors) monitor.kill('SIGKILL');
      return summary(first, changes, fromMs, toMs);
    },
  };
}

function summary(
  first: ReadonlyMap<string, Set<string>>,
  changes: readonly Change[],
  fromMs: number,
  toMs: number,
): Held {
  const entries = new Map([...first].map(([node, found]) => [node, new Set(found)]));
  const holders = (): number => [...entries.values()].filter(({ size }) => size > 0).length;
  const ordered = changes.toSorted((a, b) => a.atMs - b.atMs);
  let sinceMs = Math.min(fromMs, ordered[0]?.atMs ?? fromMs);
  let last = [...entries].find(([, { size }]) => size > 0)?.[0];
  let [longestNoneMs, twoMs, moves] = [0, 0, 0];
  // What lasts when the watch ends counts until then.
  const lasted = (untilMs: number): void => {
    if (holders() === 0) longestNoneMs = Math.max(longestNoneMs, untilMs - sinceMs);
    if (holders() > 1) twoMs += untilMs - sinceMs;
  };
  for (const { atMs, node, entry, held } of ordered) {
    lasted(atMs);
    if (held) entries.get(node)?.add(entry);
    else entries.get(node)?.delete(entry);
    if (held && node !== last) {
      moves += 1;
      last = node;
    }
    sinceMs = atMs;
  }
  lasted(Math.max(sinceMs, toMs));
  return { longestNoneMs, twoMs, moves };
}
