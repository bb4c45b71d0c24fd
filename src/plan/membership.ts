import type { ClusterState, NodeSeen } from '../cluster/state.ts';
import { sha256, type NodeFileSet } from '../render/render.ts';
import { paths } from '../node/paths.ts';
import { shapeOf, type Member, type Shape } from '../render/shape.ts';

/** How the cluster that the nodes know differs from the wanted one. */
export interface Membership {
  /**
   * Wanted nodes that a running node does not know yet. Their keepalived would hear nobody and take every VIP: it starts when
   * all others have been told.
   */
  readonly joining: ReadonlySet<string>;
  /** Nodes that the running ones know and that are not wanted any more. The names differ from those of all wanted nodes. */
  readonly leaving: readonly Member[];
}

export function seenOf(state: ClusterState, node: string): NodeSeen | undefined {
  const seen = state.nodes.find((entry) => entry.node === node)?.seen;
  return seen?.known ? seen.value : undefined;
}

/** What the running keepalived has read; undefined where it does not run, or has not read the files that are there. */
function runningShape(seen: NodeSeen): Shape | undefined {
  const file = seen.files.find(({ path }) => path === paths.keepalivedConfig);
  const read = seen.keepalivedConfig;
  return file && read.known && read.value === sha256(file.content) ? shapeOf(seen.files) : undefined;
}

function addressOf(shape: Shape | undefined, node: string): string | undefined {
  return shape?.members.find(({ name }) => name === node)?.address;
}

export function membershipOf(wanted: readonly NodeFileSet[], state: ClusterState): Membership {
  const [shape] = wanted.map(({ files }) => shapeOf(files));
  if (!shape) return { joining: new Set(), leaving: [] };
  const nodes = wanted.flatMap(({ node }) => {
    const seen = seenOf(state, node);
    return seen ? [{ node, address: addressOf(shape, node), seen, had: shapeOf(seen.files) }] : [];
  });
  const joining = nodes.filter(({ node, address, seen }) => {
    const lists = (other: Shape | undefined): boolean =>
      other?.members.some((member) => member.address === address) ?? false;
    return nodes.some(
      (other) =>
        other.node !== node &&
        other.seen.keepalived.active === 'active' &&
        // One that runs is stopped only on evidence; one that does not run can wait for certainty.
        (seen.keepalived.active === 'active' ? other.had && !lists(other.had) : !lists(runningShape(other.seen))),
    );
  });
  // A machine that got another address is the same machine.
  const moved = new Set(nodes.map(({ had }) => had?.self));
  const stay = new Set(shape.members.map(({ address }) => address));
  const left = nodes
    .flatMap(({ had }) => had?.members ?? [])
    .filter(({ address }) => !stay.has(address) && !moved.has(address));
  const leaving = [...new Map(left.map((member) => [member.address, member])).values()].map(({ name, address }) => ({
    name: shape.members.some((member) => member.name === name) ? `${name}@${address}` : name,
    address,
  }));
  return { joining: new Set(joining.map(({ node }) => node)), leaving };
}
