import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Finding } from '../../core/finding.ts';
import { electionGate, holderGate } from '../../judge/gate.ts';
import { isRolloutPull } from '../../node/lever.ts';
import { leverName, yieldFile } from '../../node/paths.ts';
import { spreadMoves, type SpreadMove } from '../../plan/spread.ts';
import { ended, endedBy, type Ended, type Outcome } from '../outcome.ts';
import { leverCommand } from '../rollout/commands/levers.ts';
import { handOver } from '../rollout/settle.ts';
import { attempt, failureOf, pass, type Rollout } from '../rollout/step.ts';
import { rolloutOf, underLock, type ActOptions } from '../session.ts';

export interface SpreadOptions extends ActOptions {
  readonly confirm: (moves: readonly SpreadMove[]) => Promise<boolean>;
}

/**
 * Moves each VIP to the node that it prefers, one planned handover after the other. VIPs never go back by themselves: after a
 * failover one node may have several.
 */
export async function spread(spec: ClusterSpec, options: SpreadOptions): Promise<Outcome<readonly SpreadMove[]>> {
  return underLock(options.hosts, { verb: 'spread' }, options, async ({ owner }) =>
    spreadLocked(rolloutOf(spec, options, owner), options),
  );
}

async function spreadLocked(
  rollout: Rollout,
  { confirm }: Pick<SpreadOptions, 'confirm'>,
): Promise<Ended<readonly SpreadMove[]>> {
  const left = await letGoLeftovers(rollout);
  if (left.length > 0) return ended('failed', undefined, left);
  const moves = spreadMoves(rollout.spec, await rollout.look());
  if (moves.length === 0) return ended('unchanged', moves, []);
  if (!(await confirm(moves))) return ended('declined', moves, []);
  for (const move of moves) {
    if (rollout.signal.aborted) return ended('failed', moves, [interrupted(move)]);
    const findings = await moveOne(rollout, move);
    if (findings.length > 0) return ended('failed', moves, findings);
  }
  return endedBy(moves, []);
}

/** A run that was killed in the middle of a move left a node that takes no VIP any more. */
async function letGoLeftovers(rollout: Rollout): Promise<readonly Finding[]> {
  const state = await rollout.look();
  const pulled = state.nodes.flatMap(({ node, seen }) =>
    rollout.spec.endpoint.virtualIPs.flatMap(({ address }) => {
      const lever = yieldFile(address);
      const left = seen.known && isRolloutPull(seen.value.levers[leverName(lever)]);
      return left ? [{ node, lever, what: `let ${node} stand by for ${address}` }] : [];
    }),
  );
  const outcomes = await Promise.all(
    pulled.map(async ({ node, lever, what }) =>
      attempt(rollout, node, leverCommand(what, rollout.owner.token, lever, undefined)),
    ),
  );
  return outcomes.flatMap((outcome) => failureOf(outcome, 'spread-failed'));
}

async function moveOne(rollout: Rollout, move: SpreadMove): Promise<readonly Finding[]> {
  // Who takes part only now may not have heard of the holder yet.
  const ready = await pass(rollout, move.to, [electionGate(rollout.spec, move.to), holderGate(move.vip)]);
  return ready.length > 0 ? ready : handOver(rollout, move);
}

function interrupted({ vip }: SpreadMove): Finding {
  return {
    rule: 'interrupted',
    severity: 'error',
    message: `stopped before ${vip} was moved; run it again to finish`,
  };
}
