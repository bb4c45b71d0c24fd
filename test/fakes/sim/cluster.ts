import type { RolloutEvent } from '../../../src/act/rollout/step.ts';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import type { Command } from '../../../src/core/command.ts';
import type { Host } from '../../../src/host/host.ts';
import type { Operator } from '../../../src/lock/operator.ts';
import type { NodeIntent } from '../../../src/node/intent.ts';
import { readOnce } from '../../../src/core/read-once.ts';
import { parseLever } from '../../../src/node/lever.ts';
import { paths } from '../../../src/node/paths.ts';
import { virtualClock, type VirtualClock } from './clock.ts';
import { passKubeadm } from './kubeadm.ts';
import { Killed, simHost, type Run } from './host.ts';
import { electFormers } from './former.ts';
import { contentOf, copyOfNode, simNode, vipsOn, type SimNode } from './node.ts';
import { passTime, writeRecord } from './faults.ts';
import { severed } from './machine.ts';
import { passVersions } from './version.ts';
import { elect, isolated } from './vrrp.ts';

/** Machines in a network, on virtual time. */
export interface SimCluster {
  readonly clock: VirtualClock;
  readonly nodes: SimNode[];
  /** Pairs of nodes, as `a>b`, where nothing gets from a to b. */
  readonly cuts: Set<string>;
  readonly cut: (from: string, to: string) => boolean;
  /** Every command that a node carried out, in order. */
  readonly log: {
    readonly atMs: number;
    readonly node: string;
    readonly intent: NodeIntent;
    readonly command: Command;
    readonly run: Run;
    readonly rc: number;
  }[];
  /** For each VIP: how long more than one node had it, and the longest time that none had it while one could. */
  readonly trouble: Map<string, Trouble>;
}

export interface Trouble {
  twoHoldersMs: number;
  longestWithoutMs: number;
  withoutSinceMs: number | undefined;
}

export function simCluster(spec: ClusterSpec): SimCluster {
  return clusterOf(
    [...spec.nodes, ...spec.workers].map(({ name, address }, index) => simNode(index, { name, address })),
    0,
  );
}

/** The same machines at the same moment, in a world of their own. */
export function copyOf({ nodes, clock, cuts, trouble }: SimCluster): SimCluster {
  const copy = clusterOf(nodes.map(copyOfNode), clock.monotonicMs());
  for (const cut of cuts) copy.cuts.add(cut);
  for (const [vip, { withoutSinceMs }] of trouble)
    copy.trouble.set(vip, { twoHoldersMs: 0, longestWithoutMs: 0, withoutSinceMs });
  return copy;
}

function clusterOf(nodes: SimNode[], startMs: number): SimCluster {
  const clock = virtualClock(startMs);
  const cuts = new Set<string>();
  const find = (name: string): SimNode | undefined => nodes.find((node) => node.name === name);
  const cut = (from: string, to: string): boolean => {
    if (cuts.size > 0 && cuts.has(`${from}>${to}`)) return true;
    const [a, b] = [find(from), find(to)];
    return a !== undefined && b !== undefined && severed(a, b);
  };
  const cluster: SimCluster = { clock, nodes, cuts, cut, log: [], trouble: new Map() };
  let lastMs = startMs;
  clock.onAdvance((nowMs) => {
    for (const node of nodes) passTime(node, nowMs);
    passKubeadm(nodes, nowMs);
    passVersions(nodes, nowMs);
    elect(nodes, cut, nowMs);
    electFormers(nodes, nowMs);
    for (const node of nodes) writeRecord(node, { nowMs, epochMs: clock.epochMs() });
    watch(cluster, nowMs, nowMs - lastMs);
    lastMs = nowMs;
  });
  return cluster;
}

/** VIPs that somebody once held: what happens before the first set-up is no outage. */
function watch({ nodes, trouble, cut }: SimCluster, nowMs: number, passedMs: number): void {
  const vips = new Set([...trouble.keys(), ...nodes.flatMap((node) => [...vipsOn(node)])]);
  for (const vip of vips) {
    const holders = nodes.filter((node) => node.up && vipsOn(node).has(vip)).length;
    const entry = trouble.get(vip) ?? { twoHoldersMs: 0, longestWithoutMs: 0, withoutSinceMs: undefined };
    trouble.set(vip, entry);
    if (holders > 1) entry.twoHoldersMs += passedMs;
    if (holders > 0 || !nodes.some((node) => couldHold(node, vip) && !isolated(node, nodes, cut)))
      entry.withoutSinceMs = undefined;
    else {
      entry.withoutSinceMs ??= nowMs - passedMs;
      entry.longestWithoutMs = Math.max(entry.longestWithoutMs, nowMs - entry.withoutSinceMs);
    }
  }
}

/** A node with nothing wrong that knows the VIP, that nobody drained, and that belongs to a majority. */
function couldHold(node: SimNode, vip: string): boolean {
  return (
    node.up &&
    node.faults.size === 0 &&
    !isDrainedByOperator(contentOf(node, paths.drain)) &&
    (contentOf(node, paths.keepalivedConfig).includes(` ${vip}/`) ||
      node.formers.get('keepalived.service')?.active === true)
  );
}

const isDrainedByOperator = readOnce((text) => parseLever(text)?.by === 'operator');

/** Who holds a VIP now. */
export function holders({ nodes }: SimCluster, vip: string): readonly string[] {
  return nodes.filter((node) => node.up && vipsOn(node).has(vip)).map(({ name }) => name);
}

export function nodeOf({ nodes }: SimCluster, name: string): SimNode {
  const node = nodes.find((one) => one.name === name);
  if (!node) throw new Error(`no node ${name}`);
  return node;
}

export interface SimRun {
  /** What the verb told of its progress, in order, in virtual time. */
  readonly events: { readonly atMs: number; readonly event: RolloutEvent }[];
  readonly run: Run;
  readonly hosts: readonly Host[];
  readonly operator: Operator;
}

const processes = { next: 1000 };

/** A run of the tool: its hosts, and the process that its locks name. Its process is gone once the run was killed. */
export function simRun(
  cluster: SimCluster,
  {
    onChanged = () => undefined,
    orphans = false,
    owner = 'ada',
  }: { readonly onChanged?: () => void; readonly orphans?: boolean; readonly owner?: string } = {},
): SimRun {
  const run: Run = { changes: 0, onChanged, dead: false, orphans, frozen: undefined };
  const pid = (processes.next += 1);
  runs.set(pid, run);
  return {
    run,
    events: [],
    hosts: cluster.nodes.map((node) => simHost(cluster, node, run)),
    operator: {
      owner,
      machine: 'laptop',
      process: { machineId: 'm', bootId: 'b', pidNamespace: 'pid:[1]', pid, startTicks: pid },
      startTicksOf: (asked) => (runs.get(asked)?.dead === false ? asked : undefined),
    },
  };
}

const runs = new Map<number, Run>();

/** Lets a run go on in virtual time until it ends or is killed; undefined when it was killed. */
export async function drive<T>({ clock }: SimCluster, { run }: SimRun, work: Promise<T>): Promise<T | undefined> {
  try {
    return await clock.run(work);
  } catch (error) {
    if (error instanceof Killed) return undefined;
    throw error;
  } finally {
    run.dead = true;
  }
}

/** Lets virtual time pass. */
export async function pass({ clock }: SimCluster, ms: number): Promise<void> {
  await clock.run(clock.sleep(ms));
}
