import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Finding } from '../../core/finding.ts';
import type { Host } from '../../host/host.ts';
import { newLockOwner, takeLock } from '../../lock/lock.ts';
import { electionGate, holderGate } from '../../judge/gate.ts';
import { spreadMoves, type SpreadMove } from '../../plan/spread.ts';
import { rolloutOf } from './apply.ts';
import { handOver } from '../rollout/settle.ts';
import { pass, type RolloutEvent } from '../rollout/step.ts';

export interface SpreadOptions {
  readonly hosts: readonly Host[];
  readonly breakLock: boolean;
  readonly signal: AbortSignal;
  readonly confirm: (moves: readonly SpreadMove[]) => Promise<boolean>;
  readonly onEvent: (event: RolloutEvent) => void;
}

export interface SpreadResult {
  readonly outcome: 'unchanged' | 'applied' | 'declined' | 'failed';
  readonly moves: readonly SpreadMove[];
  readonly findings: readonly Finding[];
}

/**
 * Moves each VIP to the node that it prefers, one planned handover after the other. VIPs never go back by themselves: after a
 * failover one node may have several.
 */
export async function spread(spec: ClusterSpec, options: SpreadOptions): Promise<SpreadResult> {
  const { hosts, breakLock, signal, onEvent } = options;
  const owner = newLockOwner('spread');
  const lock = await takeLock(hosts, owner, { breakLock });
  if (!lock.ok) return { outcome: 'failed', moves: [], findings: lock.error };
  try {
    const rollout = rolloutOf(spec, { hosts, signal, onEvent }, owner);
    const moves = spreadMoves(spec, await rollout.look());
    if (moves.length === 0) return { outcome: 'unchanged', moves, findings: [] };
    if (!(await options.confirm(moves))) return { outcome: 'declined', moves, findings: [] };
    for (const move of moves) {
      if (signal.aborted) return { outcome: 'failed', moves, findings: [interrupted(move)] };
      // Who takes part only now may not have heard of the holder yet.
      const ready = await pass(rollout, move.to, [electionGate(spec, move.to), holderGate(move.vip)]);
      const findings = ready.length > 0 ? ready : await handOver(rollout, move);
      if (findings.length > 0) return { outcome: 'failed', moves, findings };
    }
    return { outcome: 'applied', moves, findings: [] };
  } finally {
    await lock.value.release();
  }
}

function interrupted({ vip }: SpreadMove): Finding {
  return {
    rule: 'interrupted',
    severity: 'error',
    message: `stopped before ${vip} was moved; run it again to finish`,
  };
}
