import type { ClusterSpec } from '../../cluster/spec.ts';
import type { Finding } from '../../core/finding.ts';
import type { Host } from '../../host/host.ts';
import type { LockOwner } from '../../cluster/lock.ts';
import { observe } from '../../observe/once/observe.ts';
import { makePlan } from '../../plan/plan.ts';
import { rolloutOf, type ActOptions } from '../session.ts';
import { rollOut } from '../rollout/rollout.ts';
import { wantedFiles } from '../../plan/wanted.ts';

/**
 * Restarts HAProxy and keepalived on every node, one by one, holders drained first, with the gates of every rollout. The files
 * stay as they are. The caller holds the lock.
 */
export async function rollingRestart(
  spec: ClusterSpec,
  hosts: readonly Host[],
  owner: LockOwner,
  options: Pick<ActOptions, 'signal' | 'onEvent' | 'clock'>,
): Promise<readonly Finding[]> {
  const state = await observe(spec, hosts);
  const wanted = wantedFiles(spec, state);
  if (!wanted.ok) return wanted.error;
  return rollOut(
    rolloutOf(spec, { ...options, hosts }, owner),
    makePlan(spec, wanted.value.sets, state, { restart: true }),
    state,
  );
}
