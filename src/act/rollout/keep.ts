import { addressIn, keepsConnections, type ClusterSpec } from '../../cluster/spec.ts';
import { holdersOf } from '../../cluster/state.ts';
import { quoteAll, type Command } from '../../core/command.ts';
import type { KeepIntent } from '../../node/intent.ts';
import { movedUnits, paths } from '../../node/paths.ts';
import { guarded } from './guarded.ts';
import { attempt, type Rollout } from './step.ts';

/**
 * Prepares the nodes for VIPs that leave a node, so that established connections through it live on. A failure is told and
 * stops nothing: those clients connect again, as they do without it.
 * @returns the VIPs that the node has and is about to give up
 */
export async function keepConnections(
  rollout: Rollout,
  node: string,
  vips: readonly string[],
): Promise<readonly string[]> {
  const { spec, owner } = rollout;
  if (!keepsConnections(spec)) return [];
  const state = await rollout.look();
  const held = vips.filter((vip) => holdersOf(state, vip).includes(node));
  const others = state.nodes.filter((other) => other.node !== node && other.seen.known).map((other) => other.node);
  const towards = entries(spec, node, held);
  if (towards.length === 0) return [];
  const hands = keepCommand(owner.token, { does: 'hand-on', entries: towards });
  // Whichever of them takes a VIP over: the others end theirs by themselves.
  const ready = await Promise.all(others.map(async (other) => attempt(rollout, other, hands)));
  if (ready.some(({ ok }) => ok))
    await attempt(rollout, node, keepCommand(owner.token, { does: 'begin', entries: towards }));
  return held;
}

/** Ends what nodes still hand on to the node that has taken a VIP over: it knows its own connections. */
export async function connectionsTaken(rollout: Rollout, vips: readonly string[]): Promise<void> {
  const { spec, owner } = rollout;
  if (vips.length === 0) return;
  const state = await rollout.look();
  const taken = vips.flatMap((vip) => holdersOf(state, vip).flatMap((holder) => entries(spec, holder, [vip])));
  if (taken.length === 0) return;
  const ends = keepCommand(owner.token, { does: 'taken', entries: taken });
  const reached = state.nodes.filter(({ seen }) => seen.known);
  await Promise.all(reached.map(async (other) => attempt(rollout, other.node, ends)));
}

/** Each VIP with the node's address of its family. */
function entries(spec: ClusterSpec, node: string, vips: readonly string[]): KeepIntent['entries'] {
  const found = spec.nodes.find(({ name }) => name === node);
  return spec.endpoint.virtualIPs.flatMap(({ address: vip, family }) => {
    const address = found && vips.includes(vip) ? addressIn(found, family) : undefined;
    return address === undefined ? [] : [{ vip, node: address }];
  });
}

const summaries = {
  begin: 'keep the connections through this node',
  'hand-on': 'be ready to hand on packets of connections through the node before',
  taken: 'hand nothing on to the node that has the VIP',
} as const;

/** A node that has no such script yet does nothing: its clients connect again. */
function keepCommand(token: string, { does, entries: each }: Pick<KeepIntent, 'does' | 'entries'>): Command {
  const words = each.flatMap(({ vip, node }) => (does === 'begin' ? [vip] : [vip, node]));
  return guarded(
    summaries[does],
    token,
    { kind: 'keep', does, entries: each },
    `[ ! -x ${paths.keepScript} ] || ${paths.keepScript} ${does} ${quoteAll(words)} 9>&-`,
  );
}

/** Shell: ends all of it at once, while the script that cleans up is there. */
export const endKept = `systemctl stop '${movedUnits.kept}*' '${movedUnits.handedOn}*' 2>/dev/null || :`;
