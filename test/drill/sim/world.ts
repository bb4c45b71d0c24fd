import { prepareMove } from '../../../src/act/verbs/prepare-move.ts';
import { rollingRestart } from '../../../src/act/verbs/restart.ts';
import type { LockOwner } from '../../../src/cluster/lock.ts';
import { runDrills, type DrillsOptions, type DrillsOutcome } from '../../../src/drill/drills.ts';
import type { Fault } from '../../../src/drill/fault.ts';
import { parseLever } from '../../../src/node/lever.ts';
import { runDir } from '../../../src/node/paths.ts';
import { drive, holders, pass, simCluster, simRun, type SimCluster, type SimRun } from '../../fakes/sim/cluster.ts';
import type { SimNode } from '../../fakes/sim/node.ts';
import { simInstruments, simPower } from '../../fakes/sim/prober.ts';
import { fakeSpec } from '../../fakes/spec.ts';
import { optionsOf, settled } from '../../act/sim/verbs.ts';

export const spec = fakeSpec({}, { vips: 1 });
export const vip = spec.endpoint.virtualIPs[0]?.address ?? '';

/** A cluster that runs, and on which nothing has happened yet. */
export async function running(): Promise<SimCluster> {
  const cluster = simCluster(spec);
  await settled(cluster, spec);
  await pass(cluster, 5000);
  cluster.log.length = 0;
  cluster.trouble.clear();
  return cluster;
}

/** A drill of these faults at once, by a run of the tool. */
export async function drill(
  cluster: SimCluster,
  run: SimRun,
  faults: readonly Fault[],
  options: Partial<DrillsOptions> = {},
): Promise<DrillsOutcome> {
  const drills = [faults];
  return runDrills(spec, { ...given(cluster, run), drills, runs: 1, retries: 0, allowQuorumLoss: true, ...options });
}

/** What a drill is given, of a cluster and a run of the tool. */
export function given(cluster: SimCluster, run: SimRun, of = spec) {
  const { signal, onEvent, clock } = optionsOf(cluster, run);
  return {
    hosts: run.hosts,
    operator: run.operator,
    instruments: simInstruments(cluster),
    power: simPower(cluster, run.run),
    rollOut: async (owner: LockOwner) => rollingRestart(of, run.hosts, owner, { signal, onEvent, clock }),
    prepareMove: async (owner: LockOwner, node: string) =>
      prepareMove(of, run.hosts, owner, node, { signal, onEvent, clock }),
    ratePerSecond: 20,
    writes: 'not in this test',
    breakLock: false,
    signal,
    onEvent: () => undefined,
    onResult: () => undefined,
    confirm: async () => true,
  } as const;
}

export async function drilled(cluster: SimCluster, faults: readonly Fault[]): Promise<DrillsOutcome> {
  const run = simRun(cluster);
  const outcome = await drive(cluster, run, drill(cluster, run, faults));
  if (!outcome) throw new Error('the drill did not end');
  return outcome;
}

/** What is not as it was before a drill, of what is on the nodes. */
export function remains(cluster: SimCluster): readonly string[] {
  const [holder, ...others] = holders(cluster, vip);
  return [
    ...(holder === undefined || others.length > 0 ? [`${vip} is held by ${[holder, ...others].join(' and ')}`] : []),
    ...cluster.nodes.flatMap((node) =>
      remainsOn(node, cluster.clock.monotonicMs()).map((what) => `${node.name}: ${what}`),
    ),
  ];
}

function remainsOn({ up, files, services, machine }: SimNode, nowMs: number): readonly string[] {
  if (!up) return ['has no power'];
  const { hung, apiServer, etcd, drops, linkDown, full, burdens, aheadMs, record, due } = machine;
  return [
    ...(['haproxy', 'keepalived'] as const)
      .filter((name) => !services[name].active)
      .map((name) => `${name} is not running`),
    ...[...hung.keys()].map((name) => `${name} hangs`),
    ...(apiServer.state === 'serves' ? [] : [`its API server is ${apiServer.state}`]),
    ...(etcd.state === 'serves' ? [] : ['its etcd is dead']),
    ...(drops ? ['its firewall drops packets'] : []),
    ...(linkDown ? ['its link is down'] : []),
    ...[...burdens].map((what) => `it has ${what}`),
    ...(aheadMs !== 0 ? [`its clock is ${aheadMs} ms ahead`] : []),
    ...(full ? ['its HAProxy takes no new connection'] : []),
    ...(record && record.untilMs > nowMs ? ['its addresses are recorded'] : []),
    ...due.map(({ what }) => `a ${what.by} is due`),
    ...[...files].flatMap(([path, { content }]) =>
      path.startsWith(`${runDir}/drill-`) || (path === `${runDir}/drain` && parseLever(content)) ? [path] : [],
    ),
  ];
}
