import { describe, expect, test } from 'vitest';
import type { Ended } from '../../../src/act/outcome.ts';
import { copyOf, drive, pass, simCluster, simRun, type SimCluster } from '../../fakes/sim/cluster.ts';
import { clusterFor, scenarios, type Scenario } from './scenarios.ts';
import { leftToDo, locksLeft, ourFiles, text } from './verbs.ts';

/**
 * Longest time without a holder, in milliseconds of the simulation, whose takeovers all last as long as after a loss of power:
 * one of them, and what a keepalived that was just started listens.
 */
const withoutHolderMs = 1500;

/** Mutation tests have no time for every command. */
const stride = Number(process.env['K8S_HA_SIM_STRIDE'] ?? 1);

interface KillAt {
  readonly command: number;
  readonly when: 'before' | 'after';
  /** How many commands there are. */
  readonly of: number;
}

describe.each(scenarios)('$name', (scenario) => {
  test('ends well, and, killed before or after any command, converges when it is run again', async () => {
    const cluster = await clusterFor(scenario, simCluster(scenario.before));
    const sent = await attempt(scenario, copyOf(cluster), undefined);
    expect(sent).toBeGreaterThan(0);
    await attempt(scenario, copyOf(cluster), { command: 1, when: 'before', of: sent });
    for (let command = 1; command <= sent; command += stride)
      await attempt(scenario, copyOf(cluster), { command, when: 'after', of: sent });
  });
});

/**
 * Runs a scenario, killed at some command or not, runs it again, and checks what must be true at the end.
 * @returns how many commands it sent that change something
 */
async function attempt(scenario: Scenario, cluster: SimCluster, killAt: KillAt | undefined): Promise<number> {
  const first = simRun(cluster, killAt);
  const outcome = await drive(cluster, first, scenario.act(cluster, first));
  const problems = [
    ...(killAt ? await finished(scenario, cluster, killAt) : endedWell(outcome, ['applied'])),
    ...(await wrongAtTheEnd(scenario, cluster)),
  ];
  expect(problems, killAt ? `killed ${killAt.when} command ${killAt.command} of ${killAt.of}` : 'not killed').toEqual(
    [],
  );
  return first.run.sent;
}

/** Runs what was killed again. @returns what is wrong with how that ended */
async function finished({ act, once }: Scenario, cluster: SimCluster, killAt: KillAt): Promise<readonly string[]> {
  if (once === true && killAt.command === killAt.of) return [];
  await pass(cluster, 1000);
  const again = simRun(cluster);
  return endedWell(await drive(cluster, again, act(cluster, again)), ['applied', 'unchanged']);
}

function endedWell(outcome: Ended<unknown> | undefined, wanted: readonly string[]): readonly string[] {
  if (!outcome) return ['it did not end'];
  const errors = outcome.findings.filter(({ severity }) => severity === 'error').map(text);
  return wanted.includes(outcome.outcome) ? errors : [`it ended as ${outcome.outcome}`, ...errors];
}

async function wrongAtTheEnd({ after, ends }: Scenario, cluster: SimCluster): Promise<readonly string[]> {
  await pass(cluster, 4000);
  const trouble = [...cluster.trouble].flatMap(([vip, { twoHoldersMs, longestWithoutMs }]) => [
    ...(twoHoldersMs > 0 ? [`${vip} had two holders for ${twoHoldersMs} ms`] : []),
    ...(ends !== true && longestWithoutMs > withoutHolderMs ? [`${vip} had none for ${longestWithoutMs} ms`] : []),
  ]);
  const left = await (after ? leftToDo(cluster, after) : ourFiles(cluster));
  return [...trouble, ...locksLeft(cluster), ...left];
}
