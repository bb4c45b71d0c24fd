import { spawnSync } from 'node:child_process';
import type { Network } from '../../model/fencing.ts';
import type { Bench } from './bench.ts';

/** Runs a command in a node's network, from outside of its system. A node without power has none: then nothing happens. */
export function inNetwork({ state }: Bench, index: number, argv: readonly string[], input = ''): string {
  const namespace = state.nodes[index]?.namespace ?? '';
  const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', namespace, ...argv], {
    input,
    encoding: 'utf8',
  });
  if (status !== 0 && !stderr.includes('Cannot open network namespace'))
    throw new Error(`${argv.join(' ')}: ${stderr}`);
  return stdout;
}

/** The nodes that have the VIP, by name. */
export function observedHolders(bench: Bench, vip: string): string {
  return bench.state.nodes
    .filter((_, i) => inNetwork(bench, i, ['ip', '-o', 'address', 'show', 'to', vip]).trim() !== '')
    .map(({ name }) => name)
    .join();
}

/** Has a node hear those that it hears in a network of the model, from the first moment that it runs. */
export function cutNode(bench: Bench, index: number, network: Network): void {
  const deaf = bench.state.nodes.filter((_, j) => network[index]?.[j] === false).map(({ address }) => address);
  const rules = `table inet model {
  chain in {
    type filter hook input priority -300;
    ip saddr { ${deaf.join(', ')} } drop;
  }
}
`;
  const none = 'table inet model {}\ndelete table inet model\n';
  inNetwork(bench, index, ['nft', '-f', '-'], deaf.length === 0 ? none : none + rules);
}
