import type { Finding } from '../../core/finding.ts';
import { notHolderGate } from '../../judge/gate.ts';
import type { NodePlan } from '../../plan/model.ts';
import { retireCommand } from './commands/services.ts';
import { removeCommand } from './commands/remove.ts';
import { handVipsAway, rolloutDrain } from './handover.ts';
import { attempt, failureOf, pass, type Rollout } from './step.ts';

/** Carries out a visit to a node that leaves, or that must not elect yet: `retire` or `remove`. */
export async function leaveNode(rollout: Rollout, plan: NodePlan): Promise<readonly Finding[]> {
  return plan.kind === 'remove' ? removeNode(rollout, plan.node) : retireNode(rollout, plan);
}

async function removeNode(rollout: Rollout, node: string): Promise<readonly Finding[]> {
  const command = removeCommand(rollout.owner.token, vipsOf(rollout), undefined);
  return failureOf(await attempt(rollout, node, command), 'remove-failed', 'Run it again; what is gone stays gone.');
}

async function retireNode(rollout: Rollout, { node, drain }: NodePlan): Promise<readonly Finding[]> {
  const vips = rollout.spec.endpoint.virtualIPs.map(({ address }) => address);
  if (drain) {
    const stuck = await handVipsAway(rollout, { node, vips, lever: rolloutDrain(rollout), failure: 'drain-failed' });
    if (stuck.length > 0) return stuck;
  }
  const stopped = failureOf(await attempt(rollout, node, retireCommand(rollout.owner.token)), 'retire-failed');
  return stopped.length > 0 ? stopped : pass(rollout, node, [notHolderGate(node, vips)]);
}

/** The cluster's VIPs with their prefix lengths, as they are taken off a node. */
export function vipsOf({
  spec,
}: Pick<Rollout, 'spec'>): readonly { readonly address: string; readonly bits: number }[] {
  return spec.endpoint.virtualIPs.map(({ address, family }) => ({ address, bits: family === 'ipv4' ? 32 : 128 }));
}
