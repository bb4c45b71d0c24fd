import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { addNamespace, pause, run, startIn, takeAway, type Namespaces } from './namespace.ts';

/** What is broken on one node. */
export interface Fault {
  /** `silent`: keepalived is stopped in its tracks, as a node without power is. `script`: its checks fail. */
  readonly kind: 'silent' | 'script' | 'none';
  readonly node: string;
}

export interface VrrpCase {
  /** keepalived.conf of each node; `{{FLAG}}` is a file that makes the node's checks fail while it is there. */
  readonly nodes: Readonly<Record<string, string>>;
  readonly fault: Fault;
  /** How long is waited for another holder. */
  readonly waitMs: number;
  /** The fault comes this long after the lab is quiet: different phases of the timers. */
  readonly phaseMs?: number;
  readonly vip: string;
}

export interface VrrpResult {
  /** From the fault until another node has said that it is MASTER; undefined when none did. */
  readonly movedMs: number | undefined;
  /** Nodes that have the VIP at the end. */
  readonly holders: readonly string[];
  readonly holdersBefore: readonly string[];
  /** Nodes that reach the VIP from outside of its holder. */
  readonly reached: boolean;
  readonly log: string;
}

/** Real keepalived processes, one in each namespace, on one bridge: breaks one and waits for another holder. */
export async function measureVrrp({ nodes, fault, waitMs, phaseMs = 0, vip }: VrrpCase): Promise<VrrpResult> {
  const all: Namespaces = { names: [], processes: [] };
  const folder = mkdtempSync(join(tmpdir(), 'claims-'));
  const log: string[] = [];
  const masters: { node: string; at: number }[] = [];
  try {
    const hub = addNamespace(all, 'hub');
    run('ip', '-n', hub, 'link', 'add', 'br0', 'type', 'bridge');
    run('ip', '-n', hub, 'link', 'set', 'br0', 'up');
    const names = Object.keys(nodes);
    const spaces = new Map(names.map((node) => [node, addNamespace(all, node)]));
    names.forEach((node, i) => {
      const space = spaces.get(node) ?? '';
      run('ip', '-n', hub, 'link', 'add', `v${i}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
      run('ip', '-n', hub, 'link', 'set', `v${i}`, 'master', 'br0', 'up');
      run('ip', '-n', space, 'addr', 'add', `10.99.0.${11 + i}/24`, 'dev', 'eth0');
      run('ip', '-n', space, 'link', 'set', 'eth0', 'up');
    });
    const children = new Map(
      names.map((node) => {
        const config = join(folder, `${node}.conf`);
        writeFileSync(config, (nodes[node] ?? '').replaceAll('{{FLAG}}', join(folder, `${node}.fails`)), {
          mode: 0o644,
        });
        const files = ['pid', 'vrrp'].map((name) => join(folder, `${node}.${name}`));
        const child = startIn(all, spaces.get(node) ?? '', [
          'keepalived',
          '-n',
          '-l',
          '-P',
          '-f',
          config,
          '-p',
          files[0] ?? '',
          '-r',
          files[1] ?? '',
        ]);
        for (const stream of [child.stdout, child.stderr])
          stream?.on('data', (data: Buffer) => {
            const text = data.toString();
            log.push(`${node}: ${text}`);
            if (/Entering MASTER STATE/.test(text)) masters.push({ node, at: performance.now() });
          });
        return [node, child];
      }),
    );
    const holdersNow = (): string[] =>
      names.filter((node) => run('ip', '-n', spaces.get(node) ?? '', '-o', 'addr').includes(` ${vip}/`));
    // Everybody has run its checks, and elections are over.
    await pause(8000 + phaseMs);
    const holdersBefore = holdersNow();
    // With equal priorities either may hold it; the fault is the holder's.
    const broken = fault.kind !== 'none' && holdersBefore.length === 1 ? (holdersBefore[0] ?? fault.node) : fault.node;
    const before = masters.length;
    const start = performance.now();
    if (fault.kind === 'script') writeFileSync(join(folder, `${broken}.fails`), '');
    if (fault.kind === 'silent')
      for (const pid of run('ip', 'netns', 'pids', spaces.get(broken) ?? '')
        .split('\n')
        .filter(Boolean))
        process.kill(Number(pid), 'SIGSTOP');
    while (performance.now() - start < waitMs && !masters.slice(before).some(({ node }) => node !== broken))
      await pause(10);
    const moved = masters.slice(before).find(({ node }) => node !== broken);
    await pause(moved ? 300 : 0);
    const outside = names.find((node) => !holdersNow().includes(node));
    const reached =
      outside !== undefined &&
      spawnSync('ip', ['netns', 'exec', spaces.get(outside) ?? '', 'ping', '-c', '1', '-W', '1', vip]).status === 0;
    const holders = holdersNow();
    if (fault.kind === 'silent') children.get(broken)?.kill('SIGCONT');
    return { movedMs: moved && moved.at - start, holders, holdersBefore, reached, log: log.join('') };
  } finally {
    await takeAway(all);
    rmSync(folder, { recursive: true, force: true });
  }
}
