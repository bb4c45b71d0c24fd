import { describe, expect, test } from 'vitest';
import { copyOf, drive, pass, simCluster, simRun, type SimCluster } from '../../fakes/sim/cluster.ts';
import { clusterFor, scenarios, type Scenario } from './scenarios.ts';
import { leftToDo, locksLeft, ourFiles, text } from './verbs.ts';

/**
 * Longest time without a holder, in milliseconds of the simulation, whose takeovers all last as long as after a loss of power:
 * one of them, and what a keepalived that was just started listens.
 */
const withoutHolderMs = 1500;

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
    for (let command = 1; command <= sent; command += 1)
      await attempt(scenario, copyOf(cluster), { command, when: 'after', of: sent });
  });
});

/**
 * Runs a scenario, killed at some command or not, runs it again, and checks what must be true at the end.
 * @returns how many commands it sent that change something
 */
async function attempt(scenario: Scenario, cluster: SimCluster, killAt: KillAt | undefined): Promise<number> {
  const where = killAt ? `killed ${killAt.when} command ${killAt.command}` : 'not killed';
  const first = simRun(cluster, killAt);
  const outcome = await drive(cluster, first, scenario.act(cluster, first));
  const unfinished = killAt && (scenario.once !== true || killAt.command < killAt.of);
  if (unfinished) {
    await pass(cluster, 1000);
    const again = simRun(cluster);
    const finished = await drive(cluster, again, scenario.act(cluster, again));
    expect(finished?.findings.filter(({ severity }) => severity === 'error').map(text), where).toEqual([]);
    expect(finished?.outcome, where).toMatch(/^(applied|unchanged)$/);
  } else if (!killAt) {
    expect(outcome?.findings.filter(({ severity }) => severity === 'error').map(text), where).toEqual([]);
    expect(outcome?.outcome, where).toBe('applied');
  }
  await pass(cluster, 4000);
  expect(locksLeft(cluster), where).toEqual([]);
  expect(await (scenario.after ? leftToDo(cluster, scenario.after) : ourFiles(cluster)), where).toEqual([]);
  for (const [vip, { twoHoldersMs, longestWithoutMs }] of cluster.trouble) {
    expect(twoHoldersMs, `${where}: ${vip} had two holders`).toBe(0);
    if (scenario.ends !== true) expect(longestWithoutMs, `${where}: ${vip} had none`).toBeLessThan(withoutHolderMs);
  }
  return first.run.sent;
}
