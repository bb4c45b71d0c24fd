import { isRolloutPull } from '../node/lever.ts';
import { holdersOf, type ClusterState } from '../cluster/state.ts';
import type { NodeFileSet } from '../render/render.ts';
import { runDir, yieldFile } from '../node/paths.ts';
import { shapeOf } from '../render/shape.ts';
import { seenOf } from './membership.ts';
import type { LeverChange } from './model.ts';

/**
 * VIPs whose VRRP instances get another virtual router id. Nodes with the new one do not hear those with the old one, and
 * both would hold the VIP: the nodes that do not hold it stand aside until its holder has changed.
 */
export function rekeyedVips(wanted: readonly NodeFileSet[], state: ClusterState): readonly string[] {
  const [shape] = wanted.map(({ files }) => shapeOf(files));
  const running = wanted.flatMap(({ node }) => {
    const instances = seenOf(state, node)?.instances;
    return instances?.known ? instances.value : [];
  });
  return (shape?.instances ?? []).flatMap(({ address, virtualRouterId }) => {
    const of = running.filter(({ addresses }) => addresses.includes(address));
    // Without a holder there is no one to make way for.
    return of.every((instance) => instance.virtualRouterId === virtualRouterId) ||
      holdersOf(state, address).length === 0
      ? []
      : [address];
  });
}

/** One node while instances change their identity. */
export interface Standing {
  readonly node: string;
  /** Before anything changes: the node gives up its claim to the VIPs that others hold. */
  readonly before: readonly LeverChange[];
  /** When all nodes have changed: what this rollout pulled, or an interrupted one left. */
  readonly after: readonly LeverChange[];
}

/** Right before the node's keepalived reads its new configuration: the same again, in case somebody let them go. */
export function asideThen(node: string, rekeyed: readonly string[], state: ClusterState): readonly LeverChange[] {
  return rekeyed.map((address) => lever(address, !holdersOf(state, address).includes(node)));
}

export function standing(
  wanted: readonly NodeFileSet[],
  state: ClusterState,
  rekeyed: readonly string[],
): readonly Standing[] {
  return wanted.map(({ node }) => {
    const others = rekeyed.filter((address) => !holdersOf(state, address).includes(node));
    const before = others.map((address) => lever(address, true));
    const left = Object.entries(seenOf(state, node)?.levers ?? {})
      .filter(([name, pull]) => name.startsWith('yield-') && isRolloutPull(pull))
      .map(([name]) => ({ lever: `${runDir}/${name}`, pulled: true }));
    const pulled = [...before, ...asideThen(node, rekeyed, state), ...left].filter(({ pulled: on }) => on);
    const after = [...new Set(pulled.map((one) => one.lever))].map((one) => ({ lever: one, pulled: false }));
    return { node, before, after };
  });
}

function lever(address: string, pulled: boolean): LeverChange {
  return { lever: yieldFile(address), pulled };
}
