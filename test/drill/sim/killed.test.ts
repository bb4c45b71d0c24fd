import { beforeAll, expect, test } from 'vitest';
import { apply } from '../../../src/act/verbs/apply.ts';
import type { Fault } from '../../../src/drill/fault.ts';
import { faults } from '../../../src/drill/faults/index.ts';
import { withLock } from '../../../src/lock/lock.ts';
import { leftToDo, locksLeft, optionsOf, text } from '../../act/sim/verbs.ts';
import { copyOf, drive, nodeOf, pass, simRun, type SimCluster } from '../../fakes/sim/cluster.ts';
import { boot } from '../../fakes/sim/faults.ts';
import { tried } from '../../fakes/sim/kill-points.ts';
import { drill, remains, running, spec } from './world.ts';

let healthy: SimCluster;
beforeAll(async () => {
  healthy = await running();
});

/** Longer than any timer of a drill. */
const longestMs = 60_000;

/** Steps of the simulation's time that two nodes may be apart. */
const toleranceMs = 160;

/** Ends by itself, as systemd was told when it began. */
const recorded = 'its addresses are recorded';

/** Breaks nothing that is seen between two commands: connections are handed over, and everything goes on. */
const harmless = ['reloaded'];

/** What is left after a drill whose operator's process is dead, and why. */
const healsNot: Readonly<Record<string, (what: string) => boolean>> = {
  // Power that was taken from outside is given back from outside: nothing runs on the node that could.
  'node-lost': (what) => what === 'cp1: has no power',
  // The rollout that was interrupted is finished by the next apply.
  restarted: (what) => what === 'cp1: /run/k8s-ha/drain',
};

/** A drill, and the cluster as each of its commands that changes something left it: what a run leaves that is killed there. */
async function leftBy(fault: Fault) {
  const cluster = copyOf(healthy);
  const left = [copyOf(cluster)];
  const run = simRun(cluster, { onChanged: () => void left.push(copyOf(cluster)) });
  const outcome = await drive(cluster, run, drill(cluster, run, [fault]));
  return { left, twoHoldersMs: outcome?.results[0]?.prediction.twoHoldersUpperMs ?? 0 };
}

/** Until nothing more happens by itself. */
async function healed(cluster: SimCluster): Promise<void> {
  const { clock, nodes } = cluster;
  for (const untilMs = clock.monotonicMs() + longestMs; clock.monotonicMs() < untilMs;)
    if (nodes.some(({ machine }) => machine.due.length > 0)) await pass(cluster, 500);
    else break;
  await pass(cluster, 4000);
}

/** What is wrong once the nodes have healed themselves, after what cannot heal by itself was finished. */
async function wrongAfter(fault: Fault, cluster: SimCluster, twoHoldersMs: number): Promise<readonly string[]> {
  await healed(cluster);
  const left = notWell(cluster);
  const wrong = left.filter((what) => healsNot[fault.name]?.(what) !== true);
  if (left.length > wrong.length) await finish(fault, cluster);
  const taken = await lockedAgain(cluster);
  return [
    ...wrong,
    ...(left.length > wrong.length ? notWell(cluster) : []),
    ...(await leftToDo(cluster, spec)),
    ...taken,
    ...locksLeft(cluster),
    ...[...cluster.trouble]
      .filter(([, trouble]) => trouble.twoHoldersMs > twoHoldersMs + toleranceMs)
      .map(([vip, trouble]) => `${vip} had two holders for ${trouble.twoHoldersMs} ms`),
  ];
}

function notWell(cluster: SimCluster): readonly string[] {
  return remains(cluster).filter((what) => !what.endsWith(recorded) && !what.endsWith('a timer is due'));
}

async function finish({ name }: Fault, cluster: SimCluster): Promise<void> {
  if (name === 'node-lost') boot(nodeOf(cluster, 'cp1'), cluster.clock.monotonicMs());
  else {
    const run = simRun(cluster);
    await drive(cluster, run, apply(spec, optionsOf(cluster, run)));
  }
  await healed(cluster);
}

/** The lock of the dead run is taken over from the same machine. */
async function lockedAgain(cluster: SimCluster): Promise<readonly string[]> {
  const run = simRun(cluster);
  const result = await drive(
    cluster,
    run,
    withLock(run.hosts, { verb: 'apply' }, { operator: run.operator }, async () => undefined),
  );
  return result?.ok === true ? [] : (result?.error.map(text) ?? ['the lock was not taken']);
}

test('whatever nothing on a node heals is announced', () => {
  const announced = faults.filter(({ ifKilled }) => ifKilled !== undefined).map(({ name }) => name);
  expect(announced).toEqual(Object.keys(healsNot));
});

test.each(faults)('$name, killed after any command, is healed by the nodes', async (fault) => {
  const { left, twoHoldersMs } = await leftBy(fault);
  // The simulation has the fault's effect: without one nothing would have to heal.
  expect(left.some((cluster) => notWell(cluster).length > 0)).toBe(!harmless.includes(fault.name));
  const problems: string[] = [];
  for (const [at, cluster] of tried(left)) {
    const wrong = await wrongAfter(fault, cluster, twoHoldersMs);
    problems.push(...wrong.map((what) => `killed after command ${at} of ${left.length - 1}: ${what}`));
  }
  expect(problems).toEqual([]);
  expect(left.length).toBeGreaterThan(8);
});
