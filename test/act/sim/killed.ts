import type { Ended } from '../../../src/act/outcome.ts';
import { copyOf, drive, pass, simRun, type SimCluster } from '../../fakes/sim/cluster.ts';
import { tried } from '../../fakes/sim/kill-points.ts';
import { clusterFor, type Scenario } from './scenarios.ts';
import { leftToDo, locksLeft, ourFiles, text } from './verbs.ts';

/**
 * Longest time without a holder, in milliseconds of the simulation, whose takeovers all last as long as after a loss of power:
 * one of them, and what a keepalived that was just started listens.
 */
const withoutHolderMs = 1500;

/** How a scenario ended that was not killed, and what came of running it again after each of its commands. */
export interface KilledEverywhere {
  /** Commands that changed something. */
  readonly commands: number;
  readonly problems: readonly string[];
}

/**
 * Runs a scenario to its end, and keeps the cluster as each command left it: that is what a run leaves that is killed there. On
 * each of these the scenario is run again.
 */
export async function killedEverywhere(scenario: Scenario): Promise<KilledEverywhere> {
  const cluster = await clusterFor(scenario);
  const left: SimCluster[] = [];
  const run = simRun(cluster, { onChanged: () => void left.push(copyOf(cluster)) });
  const outcome = await drive(cluster, run, scenario.act(cluster, run));
  const problems = [...endedWell(outcome, ['applied']), ...(await wrongAtTheEnd(scenario, cluster))];
  for (const [at, killed] of tried(left)) {
    const again = await finished(scenario, killed, at === left.length - 1);
    problems.push(...again.map((problem) => `killed after command ${at + 1} of ${left.length}: ${problem}`));
  }
  return { commands: left.length, problems };
}

/** Runs what was killed again. @returns what is wrong with how that ended */
async function finished(scenario: Scenario, cluster: SimCluster, isDone: boolean): Promise<readonly string[]> {
  const wrong: string[] = [];
  if (scenario.once !== true || !isDone) {
    await pass(cluster, 1000);
    const run = simRun(cluster);
    wrong.push(...endedWell(await drive(cluster, run, scenario.act(cluster, run)), ['applied', 'unchanged']));
  }
  return [...wrong, ...(await wrongAtTheEnd(scenario, cluster))];
}

function endedWell(outcome: Ended<unknown> | undefined, wanted: readonly string[]): readonly string[] {
  if (!outcome) return ['it did not end'];
  const errors = outcome.findings.filter(({ severity }) => severity === 'error').map(text);
  return wanted.includes(outcome.outcome) ? errors : [`it ended as ${outcome.outcome}`, ...errors];
}

async function wrongAtTheEnd(
  { after, wrong, noHolderMs = withoutHolderMs }: Scenario,
  cluster: SimCluster,
): Promise<readonly string[]> {
  await pass(cluster, 4000);
  // Once a VIP that goes was given up, nobody takes it any more.
  const stays = (vip: string): boolean => after?.endpoint.virtualIPs.some(({ address }) => address === vip) ?? true;
  const trouble = [...cluster.trouble].flatMap(([vip, { twoHoldersMs, longestWithoutMs }]) => [
    ...(twoHoldersMs > 0 ? [`${vip} had two holders for ${twoHoldersMs} ms`] : []),
    ...(stays(vip) && longestWithoutMs > noHolderMs ? [`${vip} had none for ${longestWithoutMs} ms`] : []),
  ]);
  const left = await (after ? leftToDo(cluster, after) : ourFiles(cluster));
  return [...trouble, ...locksLeft(cluster), ...left, ...(wrong?.(cluster) ?? [])];
}
