import { keepsConnections } from '../../cluster/spec.ts';
import { holdersOf } from '../../cluster/state.ts';
import { keepCommand } from './commands/keep.ts';
import { attempt, type Rollout } from './step.ts';

/**
 * Prepares the nodes for VIPs that leave a node, so that established connections through it, and through those that had them
 * before, live on. A failure is told and stops nothing: those clients connect again, as they do without it.
 */
export async function keepConnections(rollout: Rollout, node: string, vips: readonly string[]): Promise<void> {
  const { spec, owner } = rollout;
  if (!keepsConnections(spec)) return;
  const state = await rollout.look();
  const held = vips.filter((vip) => holdersOf(state, vip).includes(node));
  if (held.length === 0) return;
  // Whichever of them takes a VIP over, and those that had it before: all that nobody asks end their part by themselves.
  const reached = state.nodes.filter(({ seen }) => seen.known);
  const hands = keepCommand(owner.token, 'hand-on', held);
  const ready = await Promise.all(reached.map(async (each) => attempt(rollout, each.node, hands)));
  if (ready.some(({ ok }, i) => ok && reached[i]?.node !== node))
    await attempt(rollout, node, keepCommand(owner.token, 'begin', held));
}
