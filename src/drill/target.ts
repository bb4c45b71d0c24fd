import type { Prediction } from '../cluster/disruption.ts';
import { majority, type ClusterSpec, type NodeSpec, type VirtualIpSpec } from '../cluster/spec.ts';
import { holdersOf, type ClusterState } from '../cluster/state.ts';
import type { Timers } from '../cluster/timers.ts';
import { succeeded } from '../core/command.ts';
import type { Finding } from '../core/finding.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Host } from '../host/host.ts';
import { interfaceOf } from '../observe/once/facts.ts';
import { healthFindings } from '../judge/health.ts';
import { predictTogether } from '../predict/together.ts';
import type { FaultTarget } from './acts.ts';
import { availableCommand, locateCommand, roleCommand, type Fault } from './fault.ts';

/** One fault and the nodes that it strikes. */
export interface Strike {
  readonly fault: Fault;
  readonly targets: readonly FaultTarget[];
}

/** What a drill is about to do, before it does it. */
export interface DrillPlan {
  /** `a`, or `a+b` for two at once. */
  readonly name: string;
  readonly strikes: readonly Strike[];
  readonly vip: ClusterSpec['endpoint']['virtualIPs'][number];
  readonly prediction: Prediction;
}

export function drillName(faults: readonly Fault[]): string {
  return faults.map(({ name }) => name).join('+');
}

/** What the faults would cost together, by the same model that renders the files. */
export function predictFaults(
  spec: ClusterSpec,
  timers: Timers,
  faults: readonly Fault[],
  strikesBackup = false,
): Prediction | undefined {
  const kinds = faults.map(({ disruption }) => disruption);
  return predictTogether(spec, timers, kinds, strikesBackup);
}

export function notRun(name: string, message: string, suggestion?: string): Finding {
  return {
    rule: 'drill-not-run',
    severity: 'error',
    message: `${name} was not run: ${message}`,
    ...(suggestion !== undefined && { suggestion }),
  };
}

/**
 * Refuses a cluster that is not healthy: a drill that begins in an outage measures nothing.
 * @param vip the one that is probed and whose holder is struck
 * @param victim the node that is struck instead of the holder
 */
export async function planDrill(
  spec: ClusterSpec,
  state: ClusterState,
  timers: Timers,
  hosts: readonly Host[],
  faults: readonly Fault[],
  vip: VirtualIpSpec | undefined = spec.endpoint.virtualIPs[0],
  victim?: string,
): Promise<Result<DrillPlan, readonly Finding[]>> {
  const name = drillName(faults);
  const sick = healthFindings(spec, state).filter(
    ({ severity, rule }) => severity === 'error' || rule === 'drained' || rule === 'api-server-down',
  );
  const strikesBackup = victim !== undefined && vip !== undefined && !holdersOf(state, vip.address).includes(victim);
  const prediction = predictFaults(spec, timers, faults, strikesBackup);
  if (sick.length > 0 || !vip || !prediction)
    return err([
      {
        rule: 'not-healthy',
        severity: 'error',
        message: 'the cluster is not healthy, so nothing is broken on purpose',
        suggestion: 'Fix what follows first.',
      },
      ...sick,
    ]);
  const strikes: Strike[] = [];
  for (const fault of faults) {
    const targets = await targetsOf(spec, state, hosts, fault, vip, victim);
    if (!targets.ok) return err([notRun(name, targets.error)]);
    strikes.push({ fault, targets: targets.value });
  }
  const elects = await mayElect(spec, hosts, strikes);
  const { reads, ...connections } = prediction;
  const readsLoseMore = reads !== undefined && (elects || reads.ofFollowers === true);
  return ok({ name, strikes, vip, prediction: readsLoseMore ? prediction : connections });
}

/**
 * Whether etcd may have to elect: not where every node that is struck says that it follows. Reads lose no more than connections
 * then. What strikes etcd itself is chosen by its role; and a member that comes back while the fault lasts forces an election, where
 * etcd is older than 3.5 (no pre-vote unless told).
 */
async function mayElect(spec: ClusterSpec, hosts: readonly Host[], strikes: readonly Strike[]): Promise<boolean> {
  if (spec.etcd.mode !== 'stacked' || strikes.some(({ fault }) => fault.locate ?? fault.lastsMs)) return true;
  const struck = new Set(strikes.flatMap(({ targets }) => targets.map(({ node }) => node.name)));
  const follow = await Promise.all(
    hosts
      .filter(({ name }) => struck.has(name))
      .map(async (host) => succeeded(await host.run(roleCommand(spec, 'follower')))),
  );
  return !follow.every(Boolean);
}

async function targetsOf(
  spec: ClusterSpec,
  state: ClusterState,
  hosts: readonly Host[],
  fault: Fault,
  vip: FaultTarget['vip'],
  victim: string | undefined,
): Promise<Result<readonly FaultTarget[], string>> {
  const first = victim ?? holdersOf(state, vip.address)[0];
  // Where any node will do, the holder is the worst one.
  const ordered = [...spec.nodes].toSorted((a, b) => Number(b.name === first) - Number(a.name === first));
  const wanted = nodesStruck(spec, fault);
  const candidates = fault.locate ? ordered : ordered.slice(0, wanted);
  const targets: FaultTarget[] = [];
  let why = 'no node is what it strikes';
  for (const node of candidates) {
    if (targets.length === wanted) break;
    const target = targetOn(spec, state, node, vip, targets.length === 0);
    const host = hosts.find(({ name }) => name === node.name);
    if (!host || !target) return { ok: false, error: `the interface of ${node.name} is unknown` };
    const available = await host.run(availableCommand(fault, target));
    if (!succeeded(available)) {
      why = available.failure?.message ?? (available.stdout.trim() || available.stderr.trim());
      continue;
    }
    if (!fault.locate || succeeded(await host.run(locateCommand(fault, spec)))) targets.push(target);
  }
  return targets.length === wanted ? ok(targets) : { ok: false, error: why };
}

function nodesStruck({ nodes }: ClusterSpec, { losesQuorum, everywhere }: Fault): number {
  if (everywhere) return nodes.length;
  return losesQuorum ? nodes.length - majority(nodes.length) + 1 : 1;
}

function targetOn(
  spec: ClusterSpec,
  state: ClusterState,
  node: NodeSpec,
  vip: FaultTarget['vip'],
  first: boolean,
): FaultTarget | undefined {
  const seen = state.nodes.find((entry) => entry.node === node.name)?.seen;
  const dev = node.interface ?? (seen?.known ? interfaceOf(node, seen.value) : undefined);
  return dev === undefined ? undefined : { spec, node, vip, interface: dev, first };
}
