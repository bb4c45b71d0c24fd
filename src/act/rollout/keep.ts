import { keepsConnections } from '../../cluster/spec.ts';
import { holdersOf } from '../../cluster/state.ts';
import { quoteAll, type Command } from '../../core/command.ts';
import type { KeepIntent } from '../../node/intent.ts';
import { movedUnits, paths } from '../../node/paths.ts';
import { guarded } from './guarded.ts';
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

const summaries = {
  begin: 'keep the connections through this node',
  'hand-on': 'be ready to hand on packets of connections through other nodes',
} as const;

/** A node that has no such script yet does nothing: its clients connect again. */
function keepCommand(token: string, does: KeepIntent['does'], vips: readonly string[]): Command {
  return guarded(
    summaries[does],
    token,
    { kind: 'keep', does, vips },
    `[ ! -x ${paths.keepScript} ] || ${paths.keepScript} ${does} ${quoteAll(vips)} 9>&-`,
  );
}

/** Shell: ends all of it at once, while the script that cleans up is there. */
export const endKept = `systemctl stop '${movedUnits.kept}*' '${movedUnits.handedOn}*' 2>/dev/null || :`;
