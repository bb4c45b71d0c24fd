import type { LockAction } from '../cluster/lock.ts';
import type { ClusterSpec } from '../cluster/spec.ts';
import type { ClusterState } from '../cluster/state.ts';
import { systemClock, type Clock } from '../core/clock.ts';
import type { Host } from '../host/host.ts';
import { waitForGates } from '../judge/gate.ts';
import { withLock, type Locked, type LockOptions } from '../lock/lock.ts';
import { observe } from '../observe/once/observe.ts';
import type { Ended, Outcome } from './outcome.ts';
import { stampAfter, stampOf } from './rollout/stamp.ts';
import type { Rollout, RolloutEvent } from './rollout/step.ts';

/** What every verb that changes nodes is given. */
export interface ActOptions extends LockOptions {
  readonly hosts: readonly Host[];
  /** Aborted by Ctrl-C: the verb stops at its next safe point. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: RolloutEvent) => void;
  readonly clock?: Clock | undefined;
}

/** Locks the nodes, does a verb's work under the lock, and releases it. What the lock had to say is part of the outcome. */
export async function underLock<P>(
  hosts: readonly Host[],
  action: LockAction,
  options: LockOptions,
  work: (locked: Locked) => Promise<Ended<P>>,
): Promise<Outcome<P>> {
  let notes: readonly string[] = [];
  const result = await withLock(hosts, action, options, async (locked) => {
    notes = locked.notes;
    return work(locked);
  });
  return result.ok ? { ...result.value, notes } : { outcome: 'failed', plan: undefined, findings: result.error, notes };
}

/**
 * A rollout over these hosts, in the name of the one who holds the lock.
 * @param before what the nodes were like: what this one keeps for a rollback comes after what they keep already
 */
export function rolloutOf(
  spec: ClusterSpec,
  { hosts, signal, onEvent, clock = systemClock }: Pick<ActOptions, 'hosts' | 'signal' | 'onEvent' | 'clock'>,
  owner: Rollout['owner'],
  before: ClusterState = { nodes: [] },
): Rollout {
  const look = async (): Promise<ClusterState> => observe(spec, hosts);
  return {
    spec,
    owner,
    signal,
    onEvent,
    look,
    stamp: stampAfter(stampOf(clock.epochMs()), before),
    hostOf: (node) => {
      const host = hosts.find(({ name }) => name === node);
      if (!host) throw new Error(`no host for ${node}`);
      return host;
    },
    gates: async (node, gates, timeoutMs) => {
      const results = await waitForGates(gates, look, { timeoutMs, clock });
      for (const { sentence, passed, lastError, tookMs } of results)
        onEvent({
          node,
          what: sentence,
          kind: passed ? 'gate-passed' : 'gate-failed',
          tookMs,
          ...(lastError !== undefined && { detail: lastError }),
        });
      return results;
    },
  };
}
