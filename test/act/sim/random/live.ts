import { apply } from '../../../../src/act/verbs/apply.ts';
import { drain, undrain } from '../../../../src/act/verbs/drain.ts';
import { rollback } from '../../../../src/act/verbs/rollback.ts';
import { spread } from '../../../../src/act/verbs/spread.ts';
import { upgrade } from '../../../../src/act/verbs/upgrade.ts';
import type { Ended } from '../../../../src/act/outcome.ts';
import { drive, nodeOf, pass, simCluster, simRun, type SimCluster, type SimRun } from '../../../fakes/sim/cluster.ts';
import { powerOff, powerOn, start, stop, write, type SimNode } from '../../../fakes/sim/node.ts';
import { fakeSpec } from '../../../fakes/spec.ts';
import { reaching } from '../scenarios.ts';
import { errorsOf, leftToDo, optionsOf } from '../verbs.ts';
import { drainsNow, placed, restoredAll, wrongNow, type World } from './checks.ts';
import { specOf, type Deed, type Draft, type Event, type Hitch, type Story } from './story.ts';

const machines = 6;

/** Lives through a story. @returns what went wrong; empty where all is as it should be */
export async function live({ draft, setUp, events }: Story): Promise<readonly string[]> {
  const cluster = simCluster(fakeSpec({}, { nodes: machines }));
  for (const node of cluster.nodes) write(node, foreignFile, 'somebody else’s');
  const world: World = {
    cluster,
    draft,
    spec: specOf(draft),
    drains: new Map(),
    strangers: new Set(),
    alone: false,
    served: false,
    members: [],
    stay: [],
    problems: [],
  };
  await happen(world, { deed: { verb: 'apply' }, hitch: setUp });
  for (const event of events) if (world.problems.length === 0) await happen(world, event);
  if (world.problems.length === 0) await endMaintenance(world);
  return world.problems;
}

/** Not ours, on every machine. */
export const foreignFile = '/etc/haproxy/haproxy.cfg';

/** One deed, what comes between, and then an apply that finishes it. */
async function happen(world: World, { deed, hitch }: Event): Promise<void> {
  const before = world.draft;
  world.members = specOf(before).nodes.map(({ name }) => name);
  world.stay = specOf(before).endpoint.virtualIPs.map(({ address }) => address);
  if (deed.verb === 'change') world.draft = changed(before, deed.to);
  if (deed.verb === 'without') world.draft = { ...before, targetMs: deed.targetMs };
  world.spec = specOf(world.draft);
  if (deed.verb === 'without') await leaveOut(world, deed.node);
  else await attempt(world, deed, hitch);
  if (hitch.kind === 'kill' && hitch.changesMind) {
    for (const { name } of world.spec.nodes) world.strangers.add(name);
    world.draft = before;
    world.spec = specOf(before);
  }
  if (hitch.kind === 'fault' && world.spec.nodes.length === 1) world.alone = true;
  // A first set-up that failed has served nobody.
  if (world.cluster.log.length > 0 && !world.served) world.alone = hitch.kind !== 'none';
  world.served = true;
  note(world, JSON.stringify(deed), drainsNow(world, deed));
  await recover(world.cluster);
  await converge(world);
}

/** A file that names none of the former machines is that of another cluster: one of them stays. */
function changed(before: Draft, to: Partial<Draft>): Draft {
  const { machines = before.machines } = to;
  const [stays = 0] = before.machines;
  const known = machines.some((machine) => before.machines.includes(machine));
  return { ...before, ...to, machines: known ? machines : [stays, ...machines].slice(0, 5) };
}

async function attempt(world: World, deed: Deed, hitch: Hitch): Promise<void> {
  const { cluster, spec } = world;
  const files = new Map(cluster.nodes.map((node) => [node.name, placed(node)]));
  const abort = new AbortController();
  let second: Promise<void> | undefined;
  const run = simRun(cluster, {
    orphans: hitch.kind === 'kill' && hitch.orphans,
    onChanged: () => {
      if (!('at' in hitch) || run.run.changes !== hitch.at) return;
      if (hitch.kind === 'kill') run.run.dead = true;
      else if (hitch.kind === 'abort') abort.abort();
      else if (hitch.kind === 'second') {
        second = meanwhile(world, hitch.breakLock);
        if (hitch.frozen) run.run.frozen = second;
      } else if (hitch.kind === 'unreachable') memberOf(world, hitch.node).reachable = false;
      else restart(cluster, memberOf(world, hitch.node));
    },
  });
  if (hitch.kind === 'fault') memberOf(world, hitch.node).faults.add(hitch.fault);
  const outcome = await drive(
    cluster,
    run,
    act(world, deed, run, abort.signal).finally(async () => (run.run.dead ? undefined : second)),
  );
  await second;
  if (hitch.kind === 'second' && hitch.breakLock && second)
    note(world, 'what the other operator applied', tolerated(world) ? [] : await leftToDo(cluster, spec));
  if (hitch.kind === 'none' && outcome && !tolerated(world) && deed.verb !== 'rollback')
    note(
      world,
      deed.verb,
      errorsOf(outcome).filter((error) => !error.includes('nobody-else')),
    );
  if (hitch.kind === 'fault' && (deed.verb === 'change' || deed.verb === 'apply'))
    note(world, deed.verb, restoredAll(world, files, outcome));
}

function act(world: World, deed: Deed, run: SimRun, signal: AbortSignal): Promise<Ended<unknown>> {
  const { cluster, spec } = world;
  const options = { ...optionsOf(cluster, run), ...reaching(cluster, run, spec), signal };
  const node = 'node' in deed ? memberOf(world, deed.node).name : '';
  switch (deed.verb) {
    case 'drain':
      return drain(spec, node, { ...options, reason: deed.reason, sessionsMs: 0 });
    case 'undrain':
      return undrain(spec, node, options);
    case 'spread':
      return spread(spec, options);
    case 'rollback':
      return rollback(spec, options);
    case 'upgrade':
      for (const { available } of cluster.nodes)
        for (const [name, versions] of available) available.set(name, [...versions, next(versions.at(-1) ?? '')]);
      return upgrade(spec, options);
    default:
      return apply(spec, options);
  }
}

/** `2.6.15-1` becomes `2.6.15-2`. */
function next(version: string): string {
  return version.replace(/\d+$/, (digits) => String(Number(digits) + 1));
}

/** Another operator's apply, while the first one runs. */
async function meanwhile(world: World, breakLock: boolean): Promise<void> {
  const { cluster, spec } = world;
  const run = simRun(cluster, { owner: 'bob' });
  const outcome = await apply(spec, { ...optionsOf(cluster, run), ...reaching(cluster, run, spec), breakLock });
  run.run.dead = true;
  const refused = outcome.findings.some(({ rule }) => rule === 'locked');
  const steps = cluster.log.filter((entry) => entry.run === run.run && entry.intent.kind === 'step');
  if (refused && steps.length > 0) world.problems.push('another operator was refused, and changed something');
  if (breakLock && !tolerated(world)) note(world, 'the other operator', errorsOf(outcome));
}

function restart({ clock }: SimCluster, node: SimNode): void {
  powerOff(node);
  void clock.sleep(2500).then(() => powerOn(node, clock.monotonicMs()));
}

/** One node's keepalived was stopped by hand, and an apply leaves that node as it is. */
async function leaveOut(world: World, place: number): Promise<void> {
  const { cluster, spec } = world;
  if (spec.nodes.length < 3 || world.drains.size > 0) return;
  const node = memberOf(world, place);
  stop(node, 'keepalived');
  await pass(cluster, 3000);
  const files = [...node.files];
  const run = simRun(cluster);
  const outcome = await drive(
    cluster,
    run,
    apply(spec, { ...optionsOf(cluster, run), ...reaching(cluster, run, spec), without: [node.name] }),
  );
  const touched = cluster.log.filter(
    (entry) => entry.run === run.run && entry.node === node.name && entry.intent.kind !== 'observe',
  );
  if (touched.length > 0 || JSON.stringify(files) !== JSON.stringify([...node.files]))
    world.problems.push(`${node.name} was to be left as it is`);
  note(world, 'without', outcome ? errorsOf(outcome) : ['it did not end']);
  start(node, 'keepalived', cluster.clock.monotonicMs());
}

/** All machines have power, answer, and have no fault any more. */
async function recover(cluster: SimCluster): Promise<void> {
  await pass(cluster, 3000);
  for (const node of cluster.nodes) {
    node.reachable = true;
    node.faults.clear();
    // What systemd would have started again.
    for (const service of ['haproxy', 'keepalived'] as const)
      if (node.up && node.services[service].enabled && !node.services[service].active)
        start(node, service, cluster.clock.monotonicMs());
  }
  await pass(cluster, 4000);
}

async function converge(world: World): Promise<void> {
  const { cluster, spec } = world;
  const run = simRun(cluster);
  const outcome = await drive(
    cluster,
    run,
    apply(spec, { ...optionsOf(cluster, run), ...reaching(cluster, run, spec) }),
  );
  if (!tolerated(world)) note(world, 'apply', outcome ? errorsOf(outcome) : ['it did not end']);
  await pass(cluster, 4000);
  note(world, 'at the end', await wrongNow(world, !tolerated(world)));
}

/**
 * So few nodes are not in maintenance that a rollout may have to refuse: nobody takes a VIP from the last one, or from the
 * last one that leaves while all that stay are in maintenance (new ones elect only when it is gone).
 */
function tolerated({ drains, spec, members }: World): boolean {
  const fit = spec.nodes.map(({ name }) => name).filter((name) => !drains.has(name));
  return drains.size > 0 && (fit.length < 2 || !fit.some((name) => members.includes(name)));
}

async function endMaintenance(world: World): Promise<void> {
  const { cluster, spec, drains } = world;
  for (const name of drains.keys()) {
    const run = simRun(cluster);
    await drive(cluster, run, undrain(spec, name, { ...optionsOf(cluster, run), ...reaching(cluster, run, spec) }));
    drains.delete(name);
  }
  await recover(cluster);
  await converge(world);
}

function memberOf({ cluster, spec }: World, place: number): SimNode {
  return nodeOf(cluster, spec.nodes[place % spec.nodes.length]?.name ?? '');
}

function note(world: World, where: string, problems: readonly string[]): void {
  world.problems.push(...problems.map((problem) => `${where}: ${problem}`));
}
