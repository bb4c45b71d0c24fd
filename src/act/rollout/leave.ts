import { leverOff, leverOn, rolloutReason } from '../../node/lever.ts';
import type { Finding } from '../../core/finding.ts';
import { holderGate, notHolderGate, successorGate } from '../../judge/gate.ts';
import type { NodePlan } from '../../plan/model.ts';
import { paths } from '../../node/paths.ts';
import { leverCommand, removeCommand, retireCommand } from './commands.ts';
import { attempt, failureOf, pass, type Rollout } from './step.ts';

/** Carries out a visit to a node that leaves, or that must not elect yet: `retire` or `remove`. */
export async function leaveNode(rollout: Rollout, { node, kind, drain }: NodePlan): Promise<readonly Finding[]> {
  const { spec, owner } = rollout;
  const vips = spec.endpoint.virtualIPs;
  const addresses = vips.map(({ address }) => address);
  if (kind === 'remove') {
    const command = removeCommand(
      owner.token,
      vips.map(({ address, family }) => ({ address, bits: family === 'ipv4' ? 32 : 128 })),
      false,
    );
    return failureOf(await attempt(rollout, node, command), 'remove-failed', 'Run it again; what is gone stays gone.');
  }
  if (drain) {
    const nobody = await pass(rollout, node, [successorGate(node, addresses)]);
    if (nobody.length > 0) return nobody;
    const drained = await attempt(
      rollout,
      node,
      leverCommand('move the VIPs away', owner.token, paths.drain, leverOn(`${rolloutReason} ${owner.owner}`)),
    );
    if (!drained.ok) return failureOf(drained, 'drain-failed');
    const given = await pass(rollout, node, [
      notHolderGate(node, addresses),
      ...addresses.map((vip) => holderGate(vip)),
    ]);
    if (given.length > 0) {
      await attempt(rollout, node, leverCommand('end the drain', owner.token, paths.drain, leverOff));
      return given;
    }
  }
  const stopped = failureOf(await attempt(rollout, node, retireCommand(owner.token)), 'retire-failed');
  return stopped.length > 0 ? stopped : pass(rollout, node, [notHolderGate(node, addresses)]);
}
