import type { Finding } from '../../core/finding.ts';
import { electionGate, holderGate } from '../../judge/gate.ts';
import { yieldFile } from '../../node/paths.ts';
import { spreadMoves, type SpreadMove } from '../../plan/spread.ts';
import { handVipsAway, leverOf } from './handover.ts';
import { attempt, failureOf, pass, type Rollout } from './step.ts';

/** After the first set-up: waits until every VIP has a holder, then moves each to the node that it prefers. */
export async function settle(rollout: Rollout): Promise<readonly Finding[]> {
  const { spec } = rollout;
  const problems = await pass(rollout, 'cluster', [
    ...spec.endpoint.virtualIPs.map(({ address }) => holderGate(address)),
    ...spec.nodes.map(({ name }) => electionGate(spec, name)),
  ]);
  if (problems.length > 0 || spec.nodes.length === 1) return problems;
  const findings: Finding[] = [];
  for (const move of spreadMoves(spec, await rollout.look())) findings.push(...(await handOver(rollout, move)));
  return findings;
}

/** The holder gives one VIP up, waits until another node has it, and is ready for it again. */
export async function handOver(rollout: Rollout, { vip, from, to }: SpreadMove): Promise<readonly Finding[]> {
  const { token, owner } = rollout.owner;
  const lever = leverOf(yieldFile(vip), { by: 'rollout', token, owner }, token, {
    pull: `move ${vip} to ${to}`,
    letGo: `let ${from} stand by for ${vip}`,
  });
  const stuck = await handVipsAway(rollout, { node: from, vips: [vip], lever, failure: 'spread-failed' });
  return stuck.length > 0 ? stuck : failureOf(await attempt(rollout, from, lever.letGo), 'spread-failed');
}
