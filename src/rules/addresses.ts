import type { MachineSpec } from '../cluster/spec.ts';

interface OwnAddress<N> {
  readonly node: N;
  readonly address: string;
  readonly path: readonly (string | number)[];
}

/** Every address that the file gives a node, with its place. */
export function ownAddresses<N extends MachineSpec>(nodes: readonly N[]): readonly OwnAddress<N>[] {
  return nodes.flatMap((node, i) => [
    { node, address: node.address, path: ['nodes', i, 'address'] },
    ...(node.secondAddress === undefined
      ? []
      : [{ node, address: node.secondAddress, path: ['nodes', i, 'secondAddress'] }]),
  ]);
}
