import type { LeverPull } from '../../cluster/state.ts';
import type { Command } from '../../core/command.ts';
import type { Finding } from '../../core/finding.ts';
import { holderGate, notHolderGate, successorGate, type Gate } from '../../judge/gate.ts';
import { paths } from '../../node/paths.ts';
import { keepConnections } from './keep.ts';
import { leverCommand } from './commands/levers.ts';
import { attempt, failureOf, pass, type Rollout } from './step.ts';

/** A planned handover: VIPs leave a node that keeps running. */
export interface Handover {
  readonly node: string;
  /** The VIPs that the node must have given up before anything else is done to it. */
  readonly vips: readonly string[];
  /** Pulls the lever that makes keepalived give them up, and lets it go again. */
  readonly lever: { readonly pull: Command; readonly letGo: Command };
  /** What must be true of the whole cluster once they are gone; every VIP has exactly one holder when absent. */
  readonly after?: readonly Gate[];
  /** The id of the finding when the lever cannot be pulled. */
  readonly failure: 'drain-failed' | 'spread-failed';
}

/**
 * Moves VIPs away from a node: only where another node would take them at once, and back where none did, because an address
 * that nobody has is worse than a node that keeps it. On success the lever stays pulled: the caller lets it go.
 * @returns why the VIPs are still where they were; empty when they have moved
 */
export async function handVipsAway(
  rollout: Rollout,
  { node, vips, lever, after, failure }: Handover,
): Promise<readonly Finding[]> {
  const nobody = await pass(rollout, node, [successorGate(node, vips)]);
  if (nobody.length > 0) return nobody;
  await keepConnections(rollout, node, vips);
  const pulled = await attempt(rollout, node, lever.pull);
  const moved = pulled.ok
    ? await pass(rollout, node, [notHolderGate(node, vips), ...(after ?? vips.map((vip) => holderGate(vip)))])
    : failureOf(pulled, failure);
  if (moved.length === 0) return [];
  const back = await attempt(rollout, node, lever.letGo);
  return [...moved, ...failureOf(back, 'undrain-failed')];
}

/** The lever of a rollout's own drain of a whole node. */
export function rolloutDrain({ owner: { token, owner } }: Rollout): Handover['lever'] {
  return leverOf(paths.drain, { by: 'rollout', token, owner }, token, {
    pull: 'move the VIPs away',
    letGo: 'end the drain',
  });
}

/** Commands that pull a lever of a node and let it go. */
export function leverOf(
  lever: string,
  pull: LeverPull,
  token: string,
  summaries: { readonly pull: string; readonly letGo: string },
): Handover['lever'] {
  return {
    pull: leverCommand(summaries.pull, token, lever, pull),
    letGo: leverCommand(summaries.letGo, token, lever, undefined),
  };
}
