import { beforeAll, describe, expect, test } from 'vitest';
import { apply } from '../../../src/act/verbs/apply.ts';
import { drain } from '../../../src/act/verbs/drain.ts';
import type { DrillEvent, Power } from '../../../src/drill/options.ts';
import { parseDrill } from '../../../src/drill/drills.ts';
import type { Fault } from '../../../src/drill/fault.ts';
import { paths } from '../../../src/node/paths.ts';
import { locksLeft, optionsOf, text } from '../../act/sim/verbs.ts';
import { copyOf, drive, holders, nodeOf, pass, simRun, type SimCluster } from '../../fakes/sim/cluster.ts';
import { contentOf } from '../../fakes/sim/node.ts';
import { simPower } from '../../fakes/sim/prober.ts';
import { drill, drilled, remains, running, spec, vip } from './world.ts';

let healthy: SimCluster;
beforeAll(async () => {
  healthy = await running();
});

function named(name: string): readonly Fault[] {
  const drills = parseDrill(name);
  if (!drills.ok) throw new Error(`no fault ${drills.error}`);
  return drills.value;
}

function broken({ log }: SimCluster): readonly string[] {
  return log.flatMap(({ node, intent, rc }) => (intent.kind === 'break' && rc === 0 ? [node] : []));
}

/** Kills the operator's process once a node was broken. */
async function killedDrill(cluster: SimCluster, name: string): Promise<void> {
  const run = simRun(cluster, { onChanged: () => void (run.run.dead = broken(cluster).length > 0) });
  await drive(cluster, run, drill(cluster, run, named(name)));
}

describe('a drill', () => {
  test('of two faults at once heals both', async () => {
    const cluster = copyOf(healthy);
    const { results, findings } = await drilled(cluster, named('drained+api-server-hung'));
    expect(findings).toEqual([]);
    expect(results).toHaveLength(1);
    expect(remains(cluster)).toEqual([]);
  });

  test('lets reads wait for an election only where a struck node leads etcd, and bounds them as connections where it follows', async () => {
    const cluster = copyOf(healthy);
    const { results } = await drilled(cluster, named('isolated'));
    expect(results).toMatchObject([{ nodes: ['cp1'], prediction: { reads: { upperMs: 2620 } } }]);
    const [holder] = holders(cluster, vip);
    expect(holder).not.toBe('cp1');
    // The first member leads, and it holds no VIP any more.
    const again = await drilled(cluster, named('isolated'));
    expect(again.results).toMatchObject([{ nodes: [holder] }]);
    expect(again.results[0]?.prediction.reads).toBeUndefined();
    expect(again.results[0]?.usable?.path).toBe('/readyz?exclude=shutdown');
    // Its member comes back while that is measured, and may force an election.
    const paused = await drilled(cluster, named('node-paused'));
    expect(paused.results[0]?.prediction.reads?.upperMs).toBe(2620);
    // Its API server outlives its member, whoever leads.
    const other = copyOf(healthy);
    const run = simRun(other);
    const rebooted = await drive(other, run, drill(other, run, named('node-rebooted'), { victim: 'cp2' }));
    expect(rebooted?.results).toMatchObject([{ nodes: ['cp2'], prediction: { reads: { ofFollowers: true } } }]);
  });

  test('tells what a client can use from what only answers, and which part was to blame', async () => {
    const cluster = copyOf(healthy);
    const [quorum] = (await drilled(cluster, named('etcd-quorum-lost'))).results;
    expect(quorum?.outage.failed).toBe(0);
    expect(Object.keys(quorum?.usable?.blame ?? {})).toEqual(['etcd']);
    expect(quorum?.usable?.failedShare).toBeGreaterThan(0.9);
    expect(quorum?.lostMs).toBe(quorum?.usable?.outage.outageMs);
    expect(quorum?.lostMs).toBeGreaterThan(1000);
    const [full] = (await drilled(copyOf(healthy), named('connections-exhausted'))).results;
    expect(Object.keys(full?.usable?.blame ?? {})).toEqual(['proxy']);
  });

  test('breaks nothing once its lock is broken, and leaves the node to who has it now', async () => {
    const cluster = copyOf(healthy);
    let other: Promise<unknown> | undefined;
    const run = simRun(cluster, {
      onChanged: () => {
        if (other || !cluster.log.some(({ intent }) => intent.kind === 'record')) return;
        const next = simRun(cluster, { owner: 'bob' });
        other = apply(
          { ...spec, endpoint: { ...spec.endpoint, port: 8443 } },
          { ...optionsOf(cluster, next), breakLock: true },
        );
        run.run.frozen = other;
      },
    });
    const outcome = await drive(cluster, run, drill(cluster, run, named('haproxy-stopped')));
    await other;
    expect(broken(cluster)).toEqual([]);
    expect(cluster.log.filter(({ intent }) => intent.kind === 'heal')).toEqual([]);
    expect(outcome?.results).toEqual([]);
    expect(outcome?.findings.map(({ message }) => message).join('\n')).toContain('no longer ours');
    expect(remains(cluster)).toEqual([]);
  });

  test('that comes to nothing ends its records of addresses', async () => {
    const cluster = copyOf(healthy);
    const run = simRun(cluster, {
      onChanged: () => {
        // Before anything is broken.
        if (cluster.log.some(({ intent }) => intent.kind === 'record'))
          for (const node of cluster.nodes) node.machine.hung.set('haproxy', 0);
      },
    });
    const outcome = await drive(cluster, run, drill(cluster, run, named('drained')));
    expect(outcome?.findings.map(({ message }) => message).join('\n')).toContain('before anything was broken');
    expect(remains(cluster).filter((what) => what.includes('record'))).toEqual([]);
    expect(locksLeft(cluster)).toEqual([]);
  });

  test('of a reboot waits for it where the node is slow to go down, and looks well until then', async () => {
    const cluster = copyOf(healthy);
    nodeOf(cluster, 'cp1').faults.add('ends-late');
    const { results, findings } = await drilled(cluster, named('node-rebooted'));
    expect(findings).toEqual([]);
    expect(results[0]?.gates).toContainEqual(
      expect.objectContaining({ sentence: 'cp1 has booted again', passed: true }),
    );
    expect(nodeOf(cluster, 'cp1').machine.due.map(({ what }) => what.by)).not.toContain('shutdown');
    expect(locksLeft(cluster)).toEqual([]);
  });

  test('that fails tells of it also where the lock cannot be taken again afterwards', async () => {
    const cluster = copyOf(healthy);
    const run = simRun(cluster);
    const power = simPower(cluster, run.run);
    // Off, although it says that it could not.
    const broken: Power = {
      ...power,
      off: async (node) => {
        await power.off(node);
        return { rule: 'power-failed', severity: 'error', message: 'the switch does not answer' };
      },
      on: async () => undefined,
    };
    const outcome = await drive(cluster, run, drill(cluster, run, named('node-lost'), { power: broken }));
    expect(outcome?.findings.map(({ rule }) => rule)).toEqual(['power-failed', 'lock-failed']);
  });

  test('of lost power does not speak of a timer of the node, which has none', async () => {
    const cluster = copyOf(healthy);
    const events: DrillEvent[] = [];
    const run = simRun(cluster);
    const outcome = await drive(
      cluster,
      run,
      drill(cluster, run, named('node-lost'), { onEvent: (event) => void events.push(event) }),
    );
    expect(outcome?.results).toMatchObject([{ healedBy: 'operator' }]);
    expect(events.filter(({ kind }) => kind === 'gate-failed')).toEqual([]);
  });

  test('of lost power says where it could not be given back', async () => {
    const cluster = copyOf(healthy);
    const events: DrillEvent[] = [];
    const run = simRun(cluster);
    const power = simPower(cluster, run.run);
    const unsure: Power = {
      ...power,
      on: async (node) => {
        await power.on(node);
        return { rule: 'power-failed', severity: 'error', message: 'the switch does not answer' };
      },
    };
    const onEvent = (event: DrillEvent): void => void events.push(event);
    await drive(cluster, run, drill(cluster, run, named('node-lost'), { onEvent, power: unsure }));
    expect(events).toContainEqual({
      kind: 'gate-failed',
      what: 'giving the power back to cp1 failed',
      detail: 'the switch does not answer',
    });
  });

  test('is refused on what a killed rollout left, and says what finishes it', async () => {
    const cluster = copyOf(healthy);
    const run = simRun(cluster, {
      onChanged: () => void (run.run.dead = contentOf(nodeOf(cluster, 'cp1'), paths.drain).startsWith('1 rollout')),
    });
    await drive(cluster, run, drill(cluster, run, named('restarted')));
    await pass(cluster, 30_000);
    const { results, findings } = await drilled(cluster, named('reloaded'));
    expect(results).toEqual([]);
    expect(findings.find(({ rule }) => rule === 'drained')?.suggestion).toContain('k8s-ha apply');
    const next = simRun(cluster);
    expect(await drive(cluster, next, apply(spec, optionsOf(cluster, next)))).toMatchObject({ outcome: 'applied' });
    await pass(cluster, 4000);
    expect((await drilled(cluster, named('reloaded'))).findings.map(text)).toEqual([]);
  });
});

describe('the timer of a drill that is dead', () => {
  test('leaves maintenance alone that somebody began meanwhile', async () => {
    const cluster = copyOf(healthy);
    await killedDrill(cluster, 'drained');
    const run = simRun(cluster);
    await drive(cluster, run, drain(spec, 'cp1', { ...optionsOf(cluster, run), reason: 'new fan', sessionsMs: 0 }));
    expect(contentOf(nodeOf(cluster, 'cp1'), paths.drain)).toContain('new fan');
    await pass(cluster, 30_000);
    expect(contentOf(nodeOf(cluster, 'cp1'), paths.drain)).toContain('new fan');
  });

  test('heals where no operator can reach the node', async () => {
    const cluster = copyOf(healthy);
    await killedDrill(cluster, 'link-down');
    expect(remains(cluster)).toContain('cp1: its link is down');
    await pass(cluster, 10_000);
    expect(remains(cluster).filter((what) => !what.includes('record'))).toEqual([]);
  });
});
