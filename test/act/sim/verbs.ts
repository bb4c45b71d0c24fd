import { actionText } from '../../../src/cluster/lock.ts';
import type { ClusterSpec } from '../../../src/cluster/spec.ts';
import type { Finding } from '../../../src/core/finding.ts';
import type { Host } from '../../../src/host/host.ts';
import type { Ended, Outcome } from '../../../src/act/outcome.ts';
import { planCluster } from '../../../src/act/plan-cluster.ts';
import type { ActOptions } from '../../../src/act/session.ts';
import { apply } from '../../../src/act/verbs/apply.ts';
import { parseLock } from '../../../src/node/lock.ts';
import { paths } from '../../../src/node/paths.ts';
import { drive, simRun, type SimCluster, type SimRun } from '../../fakes/sim/cluster.ts';

/** What every verb gets from a simulated run. */
export function optionsOf(
  { clock }: SimCluster,
  { hosts, operator, events }: SimRun,
): ActOptions & { confirm: () => Promise<boolean> } {
  return {
    hosts,
    operator,
    clock,
    signal: new AbortController().signal,
    onEvent: (event) => void events.push({ atMs: clock.monotonicMs(), event }),
    confirm: async () => true,
  };
}

/** Brings a cluster to what the specification says, and lets its elections settle. */
export async function settled(cluster: SimCluster, spec: ClusterSpec): Promise<Outcome<unknown>> {
  const run = simRun(cluster);
  const outcome = await drive(cluster, run, apply(spec, optionsOf(cluster, run)));
  if (!outcome) throw new Error('the run was killed');
  return outcome;
}

/** What stopped a run. */
export function errorsOf({ outcome, findings }: Ended<unknown>): readonly string[] {
  const errors = findings.filter(({ severity }) => severity === 'error').map(text);
  return outcome === 'failed' && errors.length === 0 ? ['it failed'] : errors;
}

/** What a second run would still do: nothing, where all is as wanted. */
export async function leftToDo(cluster: SimCluster, spec: ClusterSpec): Promise<readonly string[]> {
  const run = simRun(cluster);
  const planned = await drive(cluster, run, planCluster(spec, hostsOf(spec, run)));
  const errors = (planned?.findings ?? []).filter(({ severity }) => severity === 'error').map(text);
  return [...errors, ...(planned?.plan?.nodes ?? []).map(({ node, kind, effect }) => `${kind} ${node}: ${effect}`)];
}

/** Hosts of the control plane: the simulated cluster may have workers too. */
function hostsOf({ nodes }: ClusterSpec, { hosts }: SimRun): readonly Host[] {
  return hosts.filter(({ name }) => nodes.some((node) => node.name === name));
}

/** Locks that are left on nodes: none, after a run that ended. */
export function locksLeft({ nodes }: SimCluster): readonly string[] {
  return nodes.flatMap(({ name, files }) => {
    const lock = files.get(paths.lock);
    return lock ? [`${name}: ${actionText(parseLock(lock.content.trim(), 0).action)}`] : [];
  });
}

export function text({ node, rule, message }: Finding): string {
  return `${node ?? 'cluster'}: ${rule}: ${message}`;
}

/** What is left of ours on nodes, levers and history included. */
export function ourFiles({ nodes }: SimCluster): readonly string[] {
  return nodes.flatMap(({ name, files }) =>
    [...files.keys()].filter((path) => path.includes('k8s-ha')).map((path) => `${name}: ${path}`),
  );
}
