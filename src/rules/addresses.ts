import type { NodeSpec } from '../cluster/spec.ts';

interface OwnAddress {
  readonly node: NodeSpec;
  readonly address: string;
  readonly path: readonly (string | number)[];
}

/** Every address that the file gives a node, with its place. */
export function ownAddresses(nodes: readonly NodeSpec[]): readonly OwnAddress[] {
  return nodes.flatMap((node, i) => [
    { node, address: node.address, path: ['nodes', i, 'address'] },
    ...(node.secondAddress === undefined
      ? []
      : [{ node, address: node.secondAddress, path: ['nodes', i, 'secondAddress'] }]),
  ]);
}
