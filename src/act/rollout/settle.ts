import { leverOff, leverOn, rolloutReason } from '../../node/lever.ts';
import type { Finding } from '../../core/finding.ts';
import { electionGate, holderGate, notHolderGate } from '../../judge/gate.ts';
import { spreadMoves, type SpreadMove } from '../../plan/spread.ts';
import { yieldFile } from '../../node/paths.ts';
import { leverCommand } from './commands.ts';
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
export async function handOver(rollout: Rollout, { vip, instance, from, to }: SpreadMove): Promise<readonly Finding[]> {
  const lever = yieldFile(instance);
  const { token } = rollout.owner;
  const away = await attempt(rollout, from, leverCommand(`move ${vip} to ${to}`, token, lever, leverOn(rolloutReason)));
  if (!away.ok) return failureOf(away, 'spread-failed');
  const moved = await pass(rollout, from, [notHolderGate(from, [vip]), holderGate(vip)]);
  const back = await attempt(rollout, from, leverCommand(`let ${from} stand by for ${vip}`, token, lever, leverOff));
  return [...moved, ...failureOf(back, 'spread-failed')];
}
