import { describe, expect, test } from 'vitest';
import { apply } from '../../../src/act/verbs/apply.ts';
import { drain } from '../../../src/act/verbs/drain.ts';
import type { Outcome } from '../../../src/act/outcome.ts';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import type { StepIntent } from '../../../src/node/intent.ts';
import { paths } from '../../../src/node/paths.ts';
import { copyOf, drive, holders, nodeOf, pass, simCluster, simRun, type SimCluster } from '../../fakes/sim/cluster.ts';
import { powerOff } from '../../fakes/sim/node.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { leftToDo, locksLeft, optionsOf, settled } from './verbs.ts';

const spec = fakeSpec({}, { vips: 1 });
const [vip] = spec.endpoint.virtualIPs.map(({ address }) => address);
/** Another port: files, HAProxy and keepalived's check of it change on every node. */
const changed: ClusterSpec = { ...spec, failover: { ...spec.failover, targetMs: 900 } };

async function running(): Promise<SimCluster> {
  const cluster = simCluster(spec);
  await settled(cluster, spec);
  await pass(cluster, 5000);
  cluster.log.length = 0;
  cluster.trouble.clear();
  return cluster;
}

/** The steps that a node carried out, in order. */
function stepsOf({ log }: SimCluster, node?: string): readonly StepIntent['kind'][] {
  return log.flatMap((entry) =>
    entry.intent.kind === 'step' && (node === undefined || entry.node === node) ? [entry.intent.step.kind] : [],
  );
}

function ids(outcome: Outcome<unknown> | undefined): readonly string[] {
  return outcome?.findings.map(({ rule }) => rule) ?? [];
}

function filesOf(cluster: SimCluster, node: string): Readonly<Record<string, unknown>> {
  const files = [...nodeOf(cluster, node).files].filter(([path]) => /^\/etc\/(k8s-ha|systemd)/.test(path));
  return Object.fromEntries(files.toSorted(([a], [b]) => a.localeCompare(b)));
}

async function applied(
  cluster: SimCluster,
  to: ClusterSpec,
  signal?: AbortSignal,
): Promise<Outcome<unknown> | undefined> {
  const run = simRun(cluster);
  return drive(cluster, run, apply(to, { ...optionsOf(cluster, run), ...(signal && { signal }) }));
}

describe('a rollout', () => {
  test('in which a node fails its gate gives that node back what it had, byte for byte, and goes no further', async () => {
    const cluster = await running();
    const before = filesOf(cluster, 'cp3');
    nodeOf(cluster, 'cp3').faults.add('gate');
    const outcome = await applied(cluster, { ...changed, endpoint: { ...changed.endpoint, port: 8443 } });
    expect(outcome?.outcome).toBe('failed');
    expect(ids(outcome)).toEqual(expect.arrayContaining(['gate-failed', 'restored']));
    expect(filesOf(cluster, 'cp3')).toEqual(before);
    expect(stepsOf(cluster, 'cp2')).not.toContain('place');
    expect(stepsOf(cluster, 'cp1')).not.toContain('place');
    expect(holders(cluster, vip ?? '')).toEqual(['cp1']);
    expect(locksLeft(cluster)).toEqual([]);
    nodeOf(cluster, 'cp3').faults.clear();
    expect((await applied(cluster, changed))?.outcome).toBe('applied');
    expect(await leftToDo(cluster, changed)).toEqual([]);
  });

  test('whose files one node refuses changes nothing on any node', async () => {
    for (const fault of ['validate', 'full'] as const) {
      const cluster = await running();
      const before = spec.nodes.map(({ name }) => filesOf(cluster, name));
      nodeOf(cluster, 'cp1').faults.add(fault);
      expect((await applied(cluster, changed))?.outcome).toBe('failed');
      expect(stepsOf(cluster)).not.toContain('place');
      expect(stepsOf(cluster)).not.toContain('activate');
      expect(spec.nodes.map(({ name }) => filesOf(cluster, name))).toEqual(before);
    }
  });

  test('that cannot install what a node lacks goes no further on any node, and tells of all that was found', async () => {
    const cluster = simCluster(spec);
    for (const name of ['cp1', 'cp2']) nodeOf(cluster, name).packages.delete('haproxy');
    nodeOf(cluster, 'cp2').faults.add('install');
    powerOff(nodeOf(cluster, 'cp3'));
    const run = simRun(cluster);
    const outcome = await drive(cluster, run, apply(spec, { ...optionsOf(cluster, run), without: ['cp3'] }));
    expect(outcome?.outcome).toBe('failed');
    expect(outcome?.findings.map(({ rule, node }) => `${rule} ${node}`)).toEqual([
      'left-out cp3',
      'install-failed cp2',
    ]);
    expect(new Set(stepsOf(cluster))).toEqual(new Set(['install']));
    expect(locksLeft(cluster)).toEqual([]);
  });

  test('that cannot be planned tells of everything that stands in its way at once', async () => {
    const cluster = await running();
    nodeOf(cluster, 'cp2').faults.add('full');
    powerOff(nodeOf(cluster, 'cp3'));
    const tight: ClusterSpec = { ...spec, failover: { ...spec.failover, targetMs: 50 } };
    const run = simRun(cluster);
    const outcome = await drive(cluster, run, apply(tight, { ...optionsOf(cluster, run), without: ['cp3'] }));
    expect(outcome).toMatchObject({ outcome: 'failed', plan: undefined });
    expect(ids(outcome)).toEqual(expect.arrayContaining(['failover-target-too-tight', 'left-out', 'disk-full']));
    expect(stepsOf(cluster)).toEqual([]);
  });

  test('that cannot run what it placed puts the previous files back', async () => {
    const cluster = await running();
    const before = filesOf(cluster, 'cp3');
    nodeOf(cluster, 'cp3').faults.add('activate');
    const outcome = await applied(cluster, changed);
    expect(ids(outcome)).toContain('activation-failed');
    expect(filesOf(cluster, 'cp3')).toEqual(before);
  });

  test('that is interrupted stops before the next node, and is finished by the next run', async () => {
    const cluster = await running();
    const stop = new AbortController();
    const run = simRun(cluster);
    const outcome = await drive(
      cluster,
      run,
      apply(changed, {
        ...optionsOf(cluster, run),
        signal: stop.signal,
        onEvent: ({ kind, what }) => {
          if (kind === 'done' && what === 'put the new files in place') stop.abort();
        },
      }),
    );
    expect(ids(outcome)).toContain('interrupted');
    expect(stepsOf(cluster).filter((kind) => kind === 'place')).toHaveLength(1);
    expect(stepsOf(cluster).filter((kind) => kind === 'unstage').length).toBeGreaterThan(0);
    expect((await applied(cluster, changed))?.outcome).toBe('applied');
    expect(await leftToDo(cluster, changed)).toEqual([]);
  });

  test('moves the VIP away before it restarts the holder, and lets it stand by again afterwards', async () => {
    const cluster = await running();
    nodeOf(cluster, 'cp1').packages.set('haproxy', '2.6.15-1');
    expect((await applied(cluster, spec))?.outcome).toBe('applied');
    expect(stepsOf(cluster, 'cp1').filter((kind) => kind === 'lever' || kind === 'activate')).toEqual([
      'lever',
      'activate',
      'lever',
    ]);
    expect(holders(cluster, vip ?? '')).toEqual(['cp2']);
    await pass(cluster, 5000);
    expect(nodeOf(cluster, 'cp1').instances.get('K8S_API_1')?.state).toBe('BACKUP');
  });

  test('does not move a VIP that nobody could take, and leaves its holder as it is', async () => {
    const cluster = await running();
    nodeOf(cluster, 'cp1').packages.set('haproxy', '2.6.15-1');
    for (const name of ['cp2', 'cp3']) {
      const other = nodeOf(cluster, name);
      other.files.set(paths.drain, { mode: 0o644, owner: 'root:root', content: '1 operator ada: new disk\n' });
    }
    await pass(cluster, 1000);
    expect((await applied(cluster, spec))?.outcome).toBe('failed');
    expect(stepsOf(cluster, 'cp1')).not.toContain('lever');
    expect(stepsOf(cluster, 'cp1')).not.toContain('activate');
    expect(holders(cluster, vip ?? '')).toEqual(['cp1']);
  });
});

describe('maintenance', () => {
  test('is refused where no other node could take the VIPs over', async () => {
    const cluster = await running();
    for (const name of ['cp2', 'cp3']) nodeOf(cluster, name).services.keepalived.active = false;
    const run = simRun(cluster);
    const outcome = await drive(
      cluster,
      run,
      drain(spec, 'cp1', { ...optionsOf(cluster, run), reason: 'disk', sessionsMs: 0 }),
    );
    expect(ids(outcome)).toContain('nobody-else');
    expect(nodeOf(cluster, 'cp1').files.has(paths.drain)).toBe(false);
  });

  test('is ended by no apply, whatever the words of its reason, and is kept where a reboot does not take it', async () => {
    const cluster = await running();
    for (const reason of ['apply kernel patches', 'apply root', 'rollout']) {
      const world = copyOf(cluster);
      const run = simRun(world);
      await drive(world, run, drain(spec, 'cp1', { ...optionsOf(world, run), reason, sessionsMs: 0 }));
      const lever = nodeOf(world, 'cp1').files.get(paths.drain)?.content;
      expect(lever).toContain(reason);
      for (const to of [spec, changed, spec]) await applied(world, to);
      expect(nodeOf(world, 'cp1').files.get(paths.drain)?.content).toBe(lever);
      expect(nodeOf(world, 'cp1').files.get(paths.drainKept)?.content).toBe(lever);
      expect(holders(world, vip ?? '')).not.toContain('cp1');
    }
  });

  test('leaves nothing to do for a look of `apply --watch`', async () => {
    const cluster = await running();
    const run = simRun(cluster);
    await drive(
      cluster,
      run,
      drain(spec, 'cp1', { ...optionsOf(cluster, run), reason: 'apply kernel patches', sessionsMs: 0 }),
    );
    // What a reconciler does in each round: look, and apply what differs.
    for (let round = 0; round < 3; round += 1) expect(await leftToDo(cluster, spec)).toEqual([]);
    expect(nodeOf(cluster, 'cp1').files.get(paths.drain)?.content).toContain('apply kernel patches');
  });
});
